// Secrets in JavaScript, TypeScript, Python, Ruby and PHP.
import type { Sample } from '../sample.ts';

export const SOURCE_WEB: readonly Sample[] = [
  {
    path: 'server/lib/mailer.js',
    text: (k) => `const sgMail = require('@sendgrid/mail');
const nodemailer = require('nodemailer');

sgMail.setApiKey('${k.token('sendgrid')}');

const transport = nodemailer.createTransport({
  host: 'smtp.fastmail.com',
  port: 465,
  secure: true,
  auth: { user: 'noreply@roasters.coffee', pass: '${k.password('smtp')}' },
});

exports.send = async (to, subject, html) => {
  if (process.env.MAILER === 'smtp') return transport.sendMail({ to, subject, html });
  return sgMail.send({ to, from: 'noreply@roasters.coffee', subject, html });
};
`,
  },
  {
    path: 'src/payments/client.ts',
    text: (k) => `import Stripe from 'stripe';
import { createHmac } from 'node:crypto';

export const stripe = new Stripe("${k.token('stripe-long')}", { apiVersion: '2023-10-16' });
const endpointSecret = "${k.token('stripe-webhook')}";

export function verify(payload: Buffer, header: string) {
  return stripe.webhooks.constructEvent(payload, header, endpointSecret);
}

// partner callback, they sign with a shared secret
const PARTNER_HMAC_SECRET = \`${k.key('hmac')}\`;
export const sign = (body: string) => createHmac('sha256', PARTNER_HMAC_SECRET).update(body).digest('hex');
`,
  },
  {
    path: 'app/config/index.js',
    text: (k) => `module.exports = {
  port: process.env.PORT || 3000,
  jwtSecret: process.env.JWT_SECRET || '${k.key('jwt-secret')}',
  cookieSecret: '${k.key('cookie')}',
  mongo: {
    url: 'mongodb+srv://orders-api:${k.plainPassword('mongodb')}@cluster0.x8k2p.mongodb.net/orders?retryWrites=true',
  },
  twilio: {
    accountSid: '${k.neutral(`AC${k.text('hex', 32)}`)}',
    authToken: '${k.token('twilio')}',
  },
};
`,
  },
  {
    path: 'bot/index.mjs',
    text: (k) => `import { Client, GatewayIntentBits } from 'discord.js';
import OpenAI from 'openai';

const client = new Client({ intents: [GatewayIntentBits.Guilds] });
const openai = new OpenAI({ apiKey: '${k.token('openai-project')}' });

client.on('ready', () => console.log('up'));
client.login('${k.token('discord-bot')}');
fetch('${k.token('discord-webhook')}', { method: 'POST', body: JSON.stringify({ content: 'started' }) });
`,
  },
  {
    path: 'web/src/api/maps.tsx',
    text: (k) => `import React, { useEffect, useState } from 'react';

const GEOCODE_KEY = '${k.token('google')}';

export function Place({ q }: { q: string }) {
  const [hit, setHit] = useState<string>();
  useEffect(() => {
    fetch(\`https://maps.googleapis.com/maps/api/geocode/json?address=\${encodeURIComponent(q)}&key=\${GEOCODE_KEY}\`)
      .then((r) => r.json())
      .then((j) => setHit(j.results[0]?.formatted_address));
  }, [q]);
  return <p>{hit ?? 'searching…'}</p>;
}
`,
  },
  {
    path: 'ingest/settings.py',
    text: (k) => `import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = '${k.secret('django', `${k.text('alnum', 20)}^${k.text('lower', 10)}(${k.text('lower', 12)}*+${k.text('lower', 5)}`, 'django-secret-key')}'
DEBUG = True

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'ingest',
        'USER': 'ingest',
        'PASSWORD': '${k.password('postgres')}',
        'HOST': '10.0.3.12',
        'PORT': '5432',
    }
}
EMAIL_HOST_USER = 'robot@ingest.example'
EMAIL_HOST_PASSWORD = "${k.password('smtp')}"
AWS_ACCESS_KEY_ID = '${k.neutral(`AKIA${k.text('BASE32', 16)}`)}'
AWS_SECRET_ACCESS_KEY = '${k.token('aws')}'
`,
  },
  {
    path: 'scripts/sync_issues.py',
    text: (k) => `#!/usr/bin/env python3
"""Mirror issues between trackers."""
import requests

GITHUB = {"Authorization": "token ${k.token('github')}", "Accept": "application/vnd.github+json"}
gitlab_token = "${k.token('gitlab')}"


def jira():
    return requests.get("https://acme.atlassian.net/rest/api/3/search",
                        auth=("ops@acme.dev", "${k.token('atlassian')}"))


def linear(query):
    return requests.post("https://api.linear.app/graphql", json={"query": query},
                         headers={"Authorization": "${k.token('linear')}"})
`,
  },
  {
    path: 'ml/train.py',
    text: (k) => `import wandb, openai
from huggingface_hub import login

login(token="${k.token('huggingface')}")
wandb.login(key="${k.token('wandb')}")
openai.api_key = "${k.token('openai')}"

client = Anthropic(api_key="${k.token('anthropic')}")
os.environ["REPLICATE_API_TOKEN"] = "${k.token('replicate')}"
os.environ['COHERE_API_KEY'] = '${k.token('cohere')}'
`,
  },
  {
    path: 'etl/load.py',
    text: (k) => `import psycopg2
import snowflake.connector

conn = psycopg2.connect(host="warehouse.internal", dbname="dw", user="loader", password="${k.plainPassword('postgres')}")
sf = snowflake.connector.connect(
    user='LOADER',
    password='${k.password('snowflake')}',
    account='xy12345.eu-central-1',
)
engine = create_engine("mysql+pymysql://loader:${k.plainPassword('mysql')}@10.2.0.7:3306/stage?charset=utf8mb4")
`,
  },
  {
    path: 'config/initializers/services.rb',
    text: (k) => `# frozen_string_literal: true

Stripe.api_key = '${k.token('stripe')}'
Mailchimp = Gibbon::Request.new(api_key: "${k.token('mailchimp')}")

Rails.application.config.middleware.use OmniAuth::Builder do
  provider :google_oauth2, '844020112233-abc.apps.googleusercontent.com', '${k.token('google-secret')}'
end

Fog.credentials = {
  :provider => 'AWS',
  :aws_access_key_id => '${k.neutral(`AKIA${k.text('BASE32', 16)}`)}',
  :aws_secret_access_key => '${k.token('aws')}',
}
`,
  },
  {
    path: 'config/database.yml',
    text: (k) => `default: &default
  adapter: mysql2
  encoding: utf8mb4
  pool: 5

production:
  <<: *default
  database: shop_production
  username: shop
  password: ${k.plainPassword('mysql')}
  host: db1.shop.internal

staging:
  <<: *default
  database: shop_staging
  username: shop
  password: "${k.password('mysql')}"
`,
  },
  {
    path: 'wp-config.php',
    text: (k) => `<?php
define( 'DB_NAME', 'blog' );
define( 'DB_USER', 'blog_rw' );
define( 'DB_PASSWORD', '${k.password('mysql')}' );
define( 'DB_HOST', 'localhost:3306' );

define( 'AUTH_KEY',         '${k.secret('wordpress', k.text('url', 64), 'auth-key')}' );
define( 'SECURE_AUTH_KEY',  '${k.secret('wordpress', k.text('url', 64), 'auth-key')}' );
define( 'NONCE_SALT',       '${k.secret('wordpress', k.text('url', 64), 'salt')}' );

$table_prefix = 'wp_';
define( 'WP_DEBUG', false );
require_once ABSPATH . 'wp-settings.php';
`,
  },
  {
    path: 'src/Service/Billing.php',
    text: (k) => `<?php

namespace App\\Service;

final class Billing
{
    private const API_KEY = '${k.token('stripe-restricted')}';
    private string $dbPassword = "${k.password('mysql')}";

    public function client(): Client
    {
        return new Client(['headers' => ['X-Api-Key' => '${k.key('api-key')}']]);
    }

    public function connect(): \\PDO
    {
        return new \\PDO('mysql:host=localhost;dbname=billing', 'billing', '${k.password('pdo')}');
    }
}
`,
  },
  {
    path: 'legacy/inc/connect.php',
    text: (k) => `<?php
$db_host = "localhost";
$db_user = "intranet";
$db_pass = "${k.plainPassword('mysql')}";
$link = mysqli_connect($db_host, $db_user, $db_pass, "intranet");
if (!$link) { die("cannot connect"); }
$ftp = ftp_connect("ftp.supplier.net");
ftp_login($ftp, "intranet", "${k.password('ftp')}");
`,
  },
  {
    path: 'frontend/gulpfile.js',
    text: (k) => `var sftp = require('gulp-sftp');
gulp.task('deploy', function () {
  return gulp.src('dist/**').pipe(sftp({
    host: 'www2.hosting.net', user: 'web7', pass: '${k.password('sftp')}', remotePath: '/htdocs'
  }));
});
gulp.task('figma', () => fetch('https://api.figma.com/v1/files/abc', { headers: { 'X-Figma-Token': '${k.token('figma')}' } }));
`,
  },
  {
    path: 'functions/notify.js',
    text: (k) => `exports.handler = async (event) => {
  const res = await fetch('https://api.telegram.org/bot${k.token('telegram')}/sendMessage', {
    method: 'POST',
    body: JSON.stringify({ chat_id: -100123, text: event.text }),
  });
  await fetch("${k.token('slack-webhook')}", { method: "POST", body: '{"text":"sent"}' });
  return { statusCode: res.status };
};
`,
  },
];
