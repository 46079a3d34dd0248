// Secrets in logs, messages, diffs, notebooks, comments and chats.
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const PROSE: readonly Sample[] = [
  {
    path: 'logs/app-2023-08-17.log',
    text: (k) => `2023-08-17 09:31:20,114 INFO  [main] starting orders 4.1.0 (${k.noise('hex', 40)})
2023-08-17 09:31:21,009 DEBUG [http] > Authorization: Bearer ${k.token('jwt')}
2023-08-17 09:31:21,411 DEBUG [jdbc] connecting to jdbc:postgresql://pg1/orders?user=orders&password=${k.plainPassword('log')}
2023-08-17 09:31:22,870 ERROR [mail] 535 rejected for user=robot password=${k.plainPassword('log')}
2023-08-17 09:31:23,001 INFO  [boot] env: {"SENDGRID_API_KEY":"${k.token('sendgrid')}","PORT":"8080"}
`,
  },
  {
    path: 'logs/ci-output.txt',
    text: (k) => `[12:01:11] + git clone https://gitlab-ci-token:${k.token('gitlab')}@gitlab.com/acme/site.git
[12:01:14] + npm config set //registry.npmjs.org/:_authToken ${k.token('npm')}
[12:01:15] npm WARN deprecated request@2.88.2
[12:01:19] + terraform login: using token ${k.token('terraform')}
[12:01:20] + curl -u deploy:${k.plainPassword('curl')} https://nexus.acme.dev
`,
  },
  {
    path: 'COMMIT_EDITMSG',
    text: (k) => `Move the bot to the new workspace

The new token is ${k.token('slack-bot')}, the old one
(${k.token('slack-user')}) still works until Friday.
Admin login for the panel: admin / ${k.plainPassword('prose')}
Signed-off-by: Ops <ops@acme.dev>
`,
  },
  {
    path: 'patches/0003-rotate.patch',
    text: (k) => `diff --git a/config.py b/config.py
index ${k.trap(k.text('hex', 7))}..${k.trap(k.text('hex', 7))} 100644
--- a/config.py
+++ b/config.py
@@ -1,4 +1,4 @@
 DEBUG = False
-API_KEY = "${k.token('mailersend')}"
+API_KEY = "${k.token('mailersend')}"
-DB_PASSWORD = '${k.password('diff')}'
+DB_PASSWORD = '${k.password('diff')}'
`,
  },
  {
    path: 'notebooks/explore.ipynb',
    text: (k) => `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 3,
   "metadata": {},
   "outputs": [ { "name": "stdout", "output_type": "stream", "text": [ "token: ${k.token('huggingface')}\\n" ] } ],
   "source": [
    "import openai\\n",
    "openai.api_key = \\"${k.token('openai-project')}\\"\\n",
    "conn = connect(user='ana', password='${k.plainPassword('notebook')}')\\n",
    "os.environ['TOGETHER_API_KEY'] = '${k.token('together')}'"
   ]
  }
 ],
 "nbformat": 4
}
`,
  },
  {
    path: 'NOTES.md',
    text: (k) => `# Notes

- VPN user \`ops\`, password: \`${k.plainPassword('prose')}\`
- **Grafana** password: ${k.plainPassword('prose')}
- staging DB: user=app, pw=${k.plainPassword('prose')}
- PlanetScale: ${k.token('planetscale')}

| service | key |
| --- | --- |
| Neon | ${k.token('neon')} |
| Supabase | \`${k.token('supabase')}\` |
| Postmark | see vault |
`,
  },
  {
    path: 'src/legacy/orders.c',
    text: (k) => `/*
 * Old gateway. Login: gw / password: ${k.plainPassword('comment')}
 * The test token was ${k.token('sourcegraph')}
 */
int connect_gateway(void) {
    // curl -H "Api-Token: ${k.token('dynatrace')}" https://abc.live.dynatrace.com
    return gw_open("gw.acme.dev", "gw");
}
`,
  },
  {
    path: 'export/slack-general.json',
    text: (
      k,
    ) => `[{"type":"message","user":"U02AB","text":"the prod db is postgres:\\/\\/crm:${k.plainPassword('chat')}@pg1\\/crm","ts":"1692257482.000200"},
{"type":"message","user":"U02AC","text":"thx! and the pat? -> ${k.token('azuredevops')} (azure devops)","ts":"1692257490.000300"},
{"type":"message","user":"U02AB","text":"airtable is ${k.token('airtable')}","ts":"1692257499.000400"}]
`,
  },
  {
    path: 'mail/handover.eml',
    text: (k) => `From: Ops <ops@acme.dev>
Subject: handover
Content-Type: text/plain; charset=utf-8

Hi, as promised:
Server: web7.hosting.net
Username: web7
Password: ${k.plainPassword('mail')}

The Clojars token is ${k.token('clojars')}.
`,
  },
  {
    path: 'mail/encoded.eml',
    text: (k) => `From: Ops <ops@acme.dev>
Subject: key
Content-Transfer-Encoding: base64

${k.secret('databricks', base64(`Hello,\nhere is the workspace token: dapi${k.text('hex', 32)}\nRegards\n`), 'base64-mail')}
`,
  },
  {
    path: 'seeds/users.csv',
    text: (k) => `id,email,api_token,note
1,a@acme.dev,${k.token('apify')},
2,b@acme.dev,${k.token('duffel')},flights
3,c@acme.dev,${k.token('frameio')},video
`,
  },
  {
    path: 'docs/setup.rst',
    text: (k) => `Setup
=====

.. code-block:: console

   $ export NVIDIA_API_KEY=${k.token('nvidia')}
   $ export READ_ME=${k.token('readme')}
   $ vercel --token ${k.token('vercel')}
   $ CIRCLE_TOKEN=${k.token('circleci')} circleci setup
`,
  },
  {
    path: 'test/fixtures/response.xml',
    text: (
      k,
    ) => `<login><sessionId>${k.token('salesforce')}</sessionId><serverUrl>https://eu12.salesforce.com</serverUrl>
<metadata><brevo>${k.token('brevo')}</brevo><aikido token="${k.token('aikido')}"/></metadata></login>
`,
  },
  {
    path: 'config/yandex.ts',
    text: (k) => `export const yandex = { apiKey: '${k.token('yandex')}', folder: 'b1gia12345' };
export const workos = new WorkOS('${k.token('workos')}');
export const notion = { auth: "${k.token('notion-legacy')}" };
export const admin = { key: "${k.token('anthropic-admin')}" };
export const runner = \`gitlab-runner register --token ${k.token('gitlab-runner')}\`;
`,
  },
  {
    path: 'alibaba/oss.go',
    text: (k) => `package oss

// aliyun
var (
	accessKeyId     = "${k.neutral(`LTAI5t${k.text('alnum', 18)}`)}"
	accessKeySecret = "${k.token('alibaba')}"
)
`,
  },
];
