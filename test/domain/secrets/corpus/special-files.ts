// Files whose own format says where their credentials are.
import { generateKeyPairSync } from 'node:crypto';
import { openSshKey } from '../support/keys.ts';
import type { Random } from '../support/random.ts';
import { type Entry, type LabelledFile, Writer } from './labelled.ts';
import { written } from './notation.ts';

/** Text with `{}` where the secret stands; `notation` says what it is. */
interface Special {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
  readonly notation: string;
}

const S = (kind: string, path: string, notation: string, text: string): Special => ({ kind, path, notation, text });

const PASSWORD = '<an:7>!<an:6>';

const SPECIALS: readonly Special[] = [
  S('netrc', '.netrc', '<an:16>', 'machine git.internal\n  login deploy\n  password {}\n'),
  S('netrc', '_netrc', '<an:20>', 'machine api.internal login bot password {}\n'),
  S('pgpass', '.pgpass', '<an:14>', '# host:port:db:user:password\ndb.internal:5432:app:app:{}\n'),
  S('npmrc', '.npmrc', '<uuid>', 'registry=https://npm.internal/\n//npm.internal/:_authToken={}\n'),
  S('npmrc', '.npmrc', 'npm_<an:30><crcbase>', '//npm.acme.dev/:_authToken={}\nsave-exact=true\n'),
  S('git credentials', '.git-credentials', '<an:24>', 'https://deploy:{}@git.internal\n'),
  S(
    'kubeconfig',
    'kubeconfig',
    '<jwt>',
    'apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: {}\n',
  ),
  S(
    'kubeconfig',
    '.kube/config',
    PASSWORD,
    'apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    username: admin\n    password: {}\n',
  ),
  S('url', 'src/db.ts', PASSWORD, "export const url = 'postgres://app:{}@db.internal:5432/app';\n"),
  S('url', '.env', '<an:18>', 'DATABASE_URL=mysql://root:{}@mysql.prod.svc:3306/shop?ssl=true\n'),
  S('url', 'config.yaml', '<an:22>', 'redis:\n  url: rediss://:{}@cache.internal:6380/0\n'),
  S('url', 'settings.py', '<an:20>', 'BROKER_URL = "amqp://worker:{}@mq.internal:5672//"\n'),
  S('url', 'app.go', '<an:16>', 'const uri = "mongodb+srv://svc:{}@cluster0.ab1cd.mongodb.net/app?retryWrites=true"\n'),
  S('url', 'deploy.sh', '<an:24>', 'git clone https://ci:{}@git.internal/team/app.git\n'),
  S('url', 'requirements.txt', '<an:24>', '--extra-index-url https://build:{}@pypi.internal/simple\n'),
  S('url', 'notes.md', 'Falcon77!', 'Upload to `ftp://upload:{}@files.internal/in`.\n'),
  S(
    'connection string',
    'appsettings.json',
    PASSWORD,
    '{"ConnectionStrings":{"Main":"Server=tcp:sql.internal,1433;Database=app;User ID=sa;Password={};Encrypt=true"}}\n',
  ),
  S(
    'connection string',
    'web.config',
    PASSWORD,
    '<add name="Main" connectionString="Data Source=db1;Initial Catalog=app;User Id=app;Pwd={};"/>\n',
  ),
  S(
    'connection string',
    'App.java',
    PASSWORD,
    'String url = "jdbc:postgresql://db.internal/app?user=app&password={}";\n',
  ),
  S(
    'connection string',
    'local.settings.json',
    '<b64:86>==',
    '{"Values":{"AzureWebJobsStorage":"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={};EndpointSuffix=core.windows.net"}}\n',
  ),
  S(
    'connection string',
    '.env',
    '<b64:43>=',
    'SB=Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}\n',
  ),
  S('bearer header', 'calls.http', '<an:40>', 'GET https://api.internal/v1/me\nAuthorization: Bearer {}\n'),
  S('bearer header', 'fetch.ts', '<url:48>', "await fetch(url, { headers: { Authorization: 'Bearer {}' } });\n"),
  S('jwt', 'session.json', '<jwt>', '{"session":"{}"}\n'),
  S('jwt', 'run.sh', '<jwt>', 'curl -H "Authorization: Bearer {}" https://api.internal/\n'),
  S(
    'wireguard',
    'wg0.conf',
    '<b64:42>A=',
    '[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = {}\n\n[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n',
  ),
  S('curl user', 'sync.sh', '<an:14>', 'curl -u "sync:{}" https://files.internal/in\n'),
  S('command option', 'backup.sh', PASSWORD, 'mysqldump -h db.internal -u root --password={} app > dump.sql\n'),
  S(
    'command option',
    'release.yml',
    '<an:18>',
    'steps:\n  - run: docker login -u ci --password {} registry.internal\n',
  ),
  S('sql', 'users.sql', PASSWORD, "CREATE USER app WITH PASSWORD '{}';\n"),
  S('sql', 'grants.sql', PASSWORD, "CREATE USER 'app'@'%' IDENTIFIED BY '{}';\n"),
  S('ansible', 'group_vars/all.yml', PASSWORD, 'ansible_user: deploy\nansible_become_password: {}\n'),
  S(
    'maven',
    'settings.xml',
    '<an:20>',
    '<servers><server><id>releases</id><username>ci</username><password>{}</password></server></servers>\n',
  ),
  S(
    'gradle',
    'gradle.properties',
    '<an:16>',
    'signing.keyId=24875D73\nsigning.password={}\nsigning.secretKeyRingFile=secring.gpg\n',
  ),
  S('wordpress', 'wp-config.php', PASSWORD, "define( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '{}' );\n"),
  S('rails', 'config/secrets.yml', '<h:128>', 'production:\n  secret_key_base: {}\n'),
  S('django', 'settings.py', 'django-insecure-<an:25>@<an:24>', "SECRET_KEY = '{}'\n"),
  S('laravel', '.env', 'base64:<b64:43>=', 'APP_NAME=Shop\nAPP_KEY={}\n'),
  S('redis', 'redis.conf', '<an:32>', 'bind 0.0.0.0\nrequirepass {}\n'),
  S(
    'azure sas',
    'upload.py',
    '<b64:43>%3D',
    'URL = "https://acme.blob.core.windows.net/in?sv=2022-11-02&ss=b&srt=co&sp=rw&se=2027-01-01T00:00:00Z&sig={}"\n',
  ),
];

export const SPECIAL_FILES = SPECIALS.length;

export function specialFile(number: number, random: Random): LabelledFile {
  const { kind, path, text, notation } = SPECIALS[number % SPECIALS.length] as Special;
  const value = written(notation, random);
  const writer = new Writer();
  writer.put(
    text.replace('{}', () => value),
    secret(kind, value),
  );
  return writer.file(path);
}

/** Private keys, and credentials that stand in base64. */
export const COMPOSED: readonly ((random: Random) => LabelledFile)[] = [
  () => keyFile('deploy_key.pem', pem('ec', 'pkcs8')),
  () => keyFile('server.key', pem('rsa', 'pkcs1')),
  () => keyFile('certs/ec.pem', pem('ec', 'sec1')),
  () => keyFile('src/keys.ts', pem('rsa', 'pkcs8'), (key) => `export const KEY = \`${key}\n\`;\n`),
  () => keyFile('.env', pem('ec', 'pkcs8'), (key) => `PRIVATE_KEY="${key.replaceAll('\n', '\\n')}\\n"\n`),
  () => keyFile('k.yaml', pem('ec', 'pkcs8'), (key) => `tls:\n  key: |\n    ${key.replaceAll('\n', '\n    ')}\n`),
  () => keyFile('service-account.json', pem('rsa', 'pkcs8'), serviceAccount),
  (random) => keyFile('.ssh/id_ed25519', openSshKey('none', random)),
  (random) => encoded('docker config', '.docker/config.json', `ci:${written('<an:20>', random)}`, dockerConfig),
  (random) => encoded('basic header', 'get.sh', `ci:${written('<an:16>', random)}`, basicHeader),
  (random) => encoded('kubernetes secret', 'secret.yaml', written('<an:24>', random), kubernetesSecret),
  (random) => encoded('kubernetes secret', 'db.yaml', written(PASSWORD, random), kubernetesSecret),
];

const serviceAccount = (key: string): string =>
  `{"type":"service_account","private_key_id":"${'0f'.repeat(20)}","private_key":${JSON.stringify(`${key}\n`)},"client_email":"a@b.iam.gserviceaccount.com"}\n`;
const dockerConfig = (base64: string): string => `{"auths":{"registry.internal":{"auth":"${base64}"}}}\n`;
const basicHeader = (base64: string): string => `curl -H 'Authorization: Basic ${base64}' https://files.internal/\n`;
const kubernetesSecret = (base64: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  password: ${base64}\n`;

function secret(kind: string, value: string): Entry {
  return { vendor: 'file', kind, name: '', value, is: 'secret' };
}

function pem(algorithm: 'rsa' | 'ec', type: 'pkcs1' | 'pkcs8' | 'sec1'): string {
  const { privateKey } =
    algorithm === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 1024 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey
    .export({ format: 'pem', type: type as 'pkcs8' })
    .toString()
    .trimEnd();
}

function keyFile(path: string, key: string, around = (text: string): string => `${text}\n`): LabelledFile {
  const text = around(key);
  const writer = new Writer();
  const start = text.indexOf('-----BEGIN');
  writer.put(text, secret('private key', text.slice(start, text.lastIndexOf('-----') + 5)));
  return writer.file(path);
}

function encoded(kind: string, path: string, plain: string, around: (base64: string) => string): LabelledFile {
  const base64 = Buffer.from(plain).toString('base64');
  const writer = new Writer();
  writer.put(around(base64), secret(kind, base64));
  return writer.file(path);
}
