// Secrets in shell scripts and on command lines.
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const SHELL: readonly Sample[] = [
  {
    path: 'scripts/backup.sh',
    text: (k) => `#!/bin/bash
set -euo pipefail
export PGPASSWORD='${k.password('shell')}'
export RESTIC_PASSWORD=${k.plainPassword('shell')}
export AWS_ACCESS_KEY_ID=${k.neutral(`AKIA${k.text('BASE32', 16)}`)} AWS_SECRET_ACCESS_KEY=${k.token('aws')}

pg_dump -h pg1 -U app app | gzip > app.sql.gz
mysqldump -u root -p${k.plainPassword('mysql-p')} shop > shop.sql
mysqldump --user=backup --password=${k.plainPassword('mysql-password')} crm > crm.sql
curl -fsS -u "backup:${k.password('curl')}" -T app.sql.gz https://dav.acme.dev/backups/
`,
  },
  {
    path: 'scripts/deploy.sh',
    text: (k) => `#!/bin/sh
TOKEN="${k.token('github-server')}"
curl -s -H "Authorization: token $TOKEN" https://api.github.com/repos/acme/web/releases
curl -H 'X-Vault-Token: ${k.token('vault')}' https://vault.acme.dev/v1/secret/data/web
curl -H "X-Api-Key: ${k.key('header')}" -d @payload.json https://deploy.acme.dev/run
curl https://api.cloudflare.com/client/v4/zones -H "X-Auth-Email: ops@acme.dev" -H "X-Auth-Key: ${k.token('cloudflare-global')}"
echo ${k.plainPassword('stdin')} | docker login --username ci --password-stdin registry.acme.dev
`,
  },
  {
    path: 'ops/provision.sh',
    text: (k) => `#!/usr/bin/env bash
doctl auth init -t ${k.token('digitalocean')}
tailscale up --authkey=${k.token('tailscale')}
ngrok config add-authtoken ${k.token('ngrok')}
flyctl auth token ${k.token('flyio')}
oc login https://api.acme.dev:6443 --token=${k.token('openshift')}
infracost configure set api_key ${k.token('infracost')}
aws configure set aws_secret_access_key ${k.token('aws')}
echo "deploy:${k.plainPassword('chpasswd')}" | sudo chpasswd
`,
  },
  {
    path: 'bin/mirror',
    text: (k) => `#!/bin/sh
git remote set-url origin https://oauth2:${k.token('gitlab')}@gitlab.com/acme/site.git
wget --user=mirror --password='${k.password('wget')}' https://files.acme.dev/all.tgz
wget --header="Authorization: Basic ${k.secret('basic', base64(`mirror:${k.text('alnum', 12)}`))}" https://files.acme.dev/x
rsync -a rsync://mirror:${k.plainPassword('url')}@src.acme.dev/pub ./
http -a mirror:${k.plainPassword('httpie')} GET https://files.acme.dev/list
`,
  },
  {
    path: 'docker/entrypoint.sh',
    text: (k) => `#!/bin/sh
: "\${ADMIN_PASSWORD:=${k.plainPassword('shell-default')}}"
SECRET_KEY=\${SECRET_KEY:-${k.key('shell-default')}}
redis-cli -h cache -a ${k.plainPassword('redis-cli')} ping
mongo --username admin --password ${k.plainPassword('mongo')} --eval 'db.stats()'
psql "postgresql://app:${k.plainPassword('postgres')}@pg1/app" -c 'select 1'
exec "$@"
`,
  },
  {
    path: 'config/fish/conf.d/tokens.fish',
    text: (k) => `set -gx GITHUB_TOKEN ${k.token('github')}
set -Ux OPENROUTER_API_KEY ${k.token('openrouter')}
set -x DB_PASSWORD '${k.password('fish')}'
`,
  },
  {
    path: '.bash_history',
    text: (k) => `cd /srv/web
export STRIPE_SECRET_KEY=${k.token('stripe')}
mysql -uroot -p'${k.password('mysql-p')}' shop
curl -u ops:${k.plainPassword('curl')} https://status.acme.dev/api
ssh-keygen -t ed25519 -C ops -N ${k.plainPassword('ssh-keygen')}
openssl rsa -in key.pem -passin pass:${k.plainPassword('openssl')}
ls -la
`,
  },
  {
    path: 'cron/etc-cron.d-sync',
    text: (k) => `MAILTO=ops@acme.dev
*/5 * * * * root curl -s --user sync:${k.plainPassword('curl')} https://api.acme.dev/sync >/dev/null
0 3 * * * root /usr/bin/s3cmd --access_key=${k.neutral(`AKIA${k.text('BASE32', 16)}`)} --secret_key=${k.token('aws')} sync /data s3://acme
`,
  },
];
