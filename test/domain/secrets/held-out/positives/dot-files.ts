// Secrets in the settings of people's tools.
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const DOT_FILES: readonly Sample[] = [
  {
    path: 'home/.netrc',
    text: (k) => `machine api.heroku.com
  login ops@acme.dev
  password ${k.token('heroku')}
machine ftp.partner.net login acme password ${k.plainPassword('netrc')}
default login anonymous password ops@acme.dev
`,
  },
  {
    path: '.npmrc',
    text: (k) => `registry=https://registry.npmjs.org/
@acme:registry=https://npm.acme.dev/
//registry.npmjs.org/:_authToken=${k.token('npm')}
//npm.acme.dev/:_authToken="${k.secret('npmrc', k.text('base64', 43), 'auth-token')}"
//npm.old.dev/:_password=${k.secret('npmrc', base64(k.text('alnum', 14)), 'password')}
_auth=${k.secret('npmrc', base64(`ci:${k.text('alnum', 16)}`), 'auth')}
`,
  },
  {
    path: 'home/.pgpass',
    text: (k) => `pg1.internal:5432:crm:crm_rw:${k.plainPassword('pgpass')}
*:*:*:postgres:${k.plainPassword('pgpass')}
`,
  },
  {
    path: 'home/.git-credentials',
    text: (k) => `https://acmebot:${k.token('github')}@github.com
https://ci:${k.plainPassword('git-credentials')}@git.acme.dev
`,
  },
  {
    path: 'home/.aws/credentials',
    text: (k) => `[default]
aws_access_key_id = ${k.neutral(`AKIA${k.text('BASE32', 16)}`)}
aws_secret_access_key = ${k.token('aws')}

[stage]
aws_access_key_id=${k.neutral(`ASIA${k.text('BASE32', 16)}`)}
aws_secret_access_key=${k.token('aws')}
aws_session_token=${k.secret('aws', `IQoJb3JpZ2luX2Vj${k.text('base64', 300)}==`, 'session-token')}
`,
  },
  {
    path: '.pypirc',
    text: (k) => `[distutils]
index-servers = pypi internal

[pypi]
username = __token__
password = ${k.token('pypi')}

[internal]
repository = https://pypi.acme.dev
username = build
password = ${k.plainPassword('pypirc')}
`,
  },
  {
    path: 'home/.my.cnf',
    text: (k) => `[client]
user = root
password = "${k.password('my-cnf')}"

[mysqldump]
user=dump
password=${k.plainPassword('my-cnf')}
`,
  },
  {
    path: 'home/.m2/settings.xml',
    text: (k) => `<settings>
  <servers>
    <server>
      <id>nexus</id>
      <username>deploy</username>
      <password>${k.plainPassword('maven')}</password>
    </server>
    <server>
      <id>github</id>
      <username>acmebot</username>
      <password>${k.token('github')}</password>
    </server>
  </servers>
</settings>
`,
  },
  {
    path: 'gradle.properties',
    text: (k) => `org.gradle.jvmargs=-Xmx2g
signing.keyId=24875D73
signing.password=${k.plainPassword('gradle')}
ossrhUsername=acme
ossrhPassword=${k.plainPassword('gradle')}
sonatypeToken=${k.key('gradle')}
`,
  },
  {
    path: 'NuGet.Config',
    text: (k) => `<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSourceCredentials>
    <Acme>
      <add key="Username" value="build" />
      <add key="ClearTextPassword" value="${k.password('nuget-config')}" />
    </Acme>
  </packageSourceCredentials>
  <apikeys><add key="https://nuget.acme.dev" value="${k.key('nuget-config')}" /></apikeys>
</configuration>
`,
  },
  {
    path: 'auth.json',
    text: (k) => `{
  "github-oauth": { "github.com": "${k.token('github')}" },
  "gitlab-token": { "gitlab.com": "${k.token('gitlab')}" },
  "http-basic": { "repo.magento.com": { "username": "${k.neutral(k.text('hex', 32))}", "password": "${k.secret('magento', k.text('hex', 32), 'http-basic')}" } }
}
`,
  },
  {
    path: 'home/.cargo/credentials.toml',
    text: (k) => `[registry]
token = "${k.token('crates')}"

[registries.acme]
token = "${k.key('cargo')}"
`,
  },
  {
    path: 'home/.gem/credentials',
    text: (k) => `---
:rubygems_api_key: ${k.token('rubygems')}
:acme: ${k.key('gem')}
`,
  },
  {
    path: 'home/.s3cfg',
    text: (k) => `[default]
access_key = ${k.neutral(`AKIA${k.text('BASE32', 16)}`)}
secret_key = ${k.token('aws')}
gpg_passphrase = ${k.plainPassword('s3cfg')}
host_base = s3.amazonaws.com
`,
  },
  {
    path: 'home/.gitconfig',
    text: (k) => `[user]
	name = Build
[http "https://dev.azure.com"]
	extraheader = AUTHORIZATION: basic ${k.secret('basic', base64(`:${k.text('base32', 52)}`), 'extraheader')}
[url "https://acmebot:${k.token('github')}@github.com/"]
	insteadOf = https://github.com/
[sendemail]
	smtpPass = ${k.plainPassword('sendemail')}
`,
  },
  {
    path: 'pip.conf',
    text: (k) => `[global]
index-url = https://reader:${k.plainPassword('pip')}@pypi.acme.dev/simple
extra-index-url = https://__token__:${k.token('gitlab')}@gitlab.com/api/v4/projects/7/packages/pypi/simple
`,
  },
  {
    path: 'home/.config/rclone/rclone.conf',
    text: (k) => `[b2]
type = b2
account = ${k.neutral(k.text('hex', 25))}
key = ${k.secret('backblaze', `K00${k.text('alnum', 28)}`, 'application-key')}

[nas]
type = webdav
url = https://nas.acme.dev
user = backup
pass = ${k.secret('rclone', k.text('url', 32), 'obscured-password')}
`,
  },
  {
    path: 'home/.config/gh/hosts.yml',
    text: (k) => `github.com:
    user: acmebot
    oauth_token: ${k.token('github-oauth')}
    git_protocol: https
`,
  },
  {
    path: '.htpasswd',
    text: (k) => `ops:${k.secret('htpasswd', `$apr1$${k.text('alnum', 8)}$${k.text('alnum', 22)}`, 'hash')}
dev:${k.secret('htpasswd', `$2y$10$${k.text('alnum', 53)}`, 'hash')}
`,
  },
  {
    path: 'etc/shadow',
    text: (
      k,
    ) => `root:${k.secret('shadow', `$6$${k.text('alnum', 16)}$${k.text('alnum', 86)}`, 'hash')}:19250:0:99999:7:::
daemon:*:18474:0:99999:7:::
deploy:${k.secret('shadow', `$y$j9T$${k.text('alnum', 22)}$${k.text('alnum', 43)}`, 'hash')}:19250:0:99999:7:::
`,
  },
  {
    path: 'etc/postfix/sasl_passwd',
    text: (k) => `[smtp.sendgrid.net]:587 apikey:${k.token('sendgrid')}
[mail.acme.dev]:465 relay:${k.plainPassword('sasl')}
`,
  },
  {
    path: 'pgbouncer/userlist.txt',
    text: (k) => `"app" "${k.plainPassword('userlist')}"
"admin" "md5${k.neutral(k.text('hex', 32))}"
`,
  },
  {
    path: 'home/.boto',
    text: (k) => `[Credentials]
gs_oauth2_refresh_token = ${k.token('google-refresh')}
gs_secret_access_key = ${k.token('aws')}
`,
  },
];
