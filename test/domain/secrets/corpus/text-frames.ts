// What is neither code nor configuration: documentation, logs, histories, notebooks, SQL, diffs, messages.

import { ways } from './code-frames.ts';
import { camel, type Frame, kebab, snake } from './labelled.ts';

const markdown: Frame = {
  path: 'docs/setup.md',
  head: '# Setup\n\nGet a token from the dashboard first.\n\n',
  tail: '\n## Next\n\nSee [authentication](./auth.md#tokens-and-keys).\n',
  filler: [
    'Replace `YOUR_API_KEY` with the key from the dashboard.\n',
    'The password must have at least 12 characters; the token expires after an hour.\n',
    '| `secret` | `string` | The shared secret used to sign tokens. |\n',
    '```sh\nexport API_KEY=<your api key>\n```\n',
    'Set `password: "********"` in the file, or pass `--token $TOKEN`.\n',
  ],
  entry: ways(
    ({ name, value }) => `\`\`\`sh\nexport ${name}=${value}\n\`\`\`\n`,
    ({ name, value }) => `Use \`${name}=${value}\` on staging.\n`,
    ({ name, value }) => `- ${kebab(name)}: \`${value}\`\n`,
    ({ name, value }) => `\`\`\`json\n{ "${camel(name)}": "${value}" }\n\`\`\`\n`,
  ),
};

const history: Frame = {
  path: '.zsh_history',
  head: ': 1711000001:0;git status\n',
  tail: ': 1711009999:0;exit\n',
  filler: [
    ': 1711000100:0;kubectl get secrets -n billing\n',
    ': 1711000200:0;ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519\n',
    ': 1711000300:0;npm token list\n',
    ': 1711000400:0;passwd\n',
  ],
  entry: ways(
    ({ name, value }) => `: 1711000500:0;export ${name}=${value}\n`,
    ({ name, value }) => `: 1711000600:0;${name}=${value} npm start\n`,
    ({ name, value }) => `: 1711000700:0;tool login --${kebab(name)} ${value}\n`,
  ),
};

const log: Frame = {
  path: 'logs/app.log',
  head: '2026-03-01T10:00:00.000Z INFO  [main] starting pid=4242\n',
  tail: '2026-03-01T10:09:59.000Z INFO  [main] stopped\n',
  filler: [
    '2026-03-01T10:00:01.000Z DEBUG [auth] token refreshed requestId=0b4f2e6c-6a8e-4d7e-9a55-0d3f7f1f8f11 ttl=3600\n',
    '2026-03-01T10:00:02.000Z WARN  [auth] invalid password for user=jane ip=10.1.2.3 attempt=2\n',
    '2026-03-01T10:00:03.000Z INFO  [cache] key=user:42:profile hit=true etag=W/"5d8c72a5edda8d6a"\n',
    '2026-03-01T10:00:04.000Z INFO  [git] checked out 9fceb02d0ae598e95dc970b74767f19372d61af8\n',
  ],
  entry: ways(
    ({ name, value }) => `2026-03-01T10:00:05.000Z DEBUG [config] ${name}=${value}\n`,
    ({ name, value }) => `2026-03-01T10:00:06.000Z INFO  [http] request {"${camel(name)}":"${value}"}\n`,
  ),
};

const notebook: Frame = {
  path: 'analysis.ipynb',
  head: '{\n "cells": [\n  {\n   "cell_type": "code",\n   "id": "8b1f6d4e",\n   "source": [\n',
  tail: '    "df.head()"\n   ]\n  }\n ],\n "nbformat": 4\n}\n',
  filler: [
    '    "import pandas as pd\\n",\n',
    '    "tokens = tokenizer(text)[\\"input_ids\\"]\\n",\n',
    '    "api_key = os.environ[\\"API_KEY\\"]\\n",\n',
    '    "df = df.merge(other, on=\\"key\\")\\n",\n',
  ],
  entry: ways(
    ({ name, value }) => `    "${name} = \\"${value}\\"\\n",\n`,
    ({ name, value }) => `    "${snake(name)} = '${value}'\\n",\n`,
    ({ name, value }) => `    "!export ${name}=${value}\\n",\n`,
  ),
};

const sql: Frame = {
  path: 'db/seed.sql',
  head: 'BEGIN;\nCREATE TABLE settings (key text PRIMARY KEY, value text NOT NULL, token_id uuid);\n',
  tail: 'COMMIT;\n',
  filler: [
    "INSERT INTO users (id, email, password_hash) VALUES (1, 'a@acme.test', NULL);\n",
    'ALTER TABLE tokens ADD CONSTRAINT tokens_user_key FOREIGN KEY (user_id) REFERENCES users (id);\n',
    "UPDATE sessions SET token = gen_random_uuid() WHERE key = 'session';\n",
  ],
  entry: ways(
    ({ name, value }) => `INSERT INTO settings (key, value) VALUES ('${snake(name)}', '${value}');\n`,
    ({ name, value }) => `UPDATE settings SET ${snake(name)} = '${value}' WHERE id = 1;\n`,
  ),
};

const diff: Frame = {
  path: 'changes.patch',
  head: 'diff --git a/.env b/.env\nindex 3b18e512..a906cb2a 100644\n--- a/.env\n+++ b/.env\n@@ -1,4 +1,6 @@\n',
  tail: ' LOG=info\n',
  filler: [' TOKEN_TTL=3600\n', '-PASSWORD=\n', '+KEY_FILE=/keys/a.pem\n'],
  entry: ways(
    ({ name, value }) => `+${name}=${value}\n`,
    ({ name, value }) => `-  ${camel(name)}: '${value}',\n`,
    ({ name, value }) => `+${snake(name)} = "${value}"\n`,
  ),
};

const message: Frame = {
  path: 'COMMIT_EDITMSG',
  head: 'deploy: rotate credentials\n\n',
  tail: '\nSigned-off-by: A Person <a.person@acme.test>\n',
  filler: [
    'The token is read from the environment now, the password from the vault.\n',
    'Fixes 9fceb02d0ae598e95dc970b74767f19372d61af8.\n',
  ],
  entry: ways(
    ({ name, value }) => `Set ${name}=${value}\n`,
    ({ name, value }) => `${snake(name)}: ${value}\n`,
  ),
};

const html: Frame = {
  path: 'public/index.html',
  head: '<!doctype html>\n<html><head><script>\n',
  tail: '</script></head><body><input type="password" name="password" autocomplete="current-password"></body></html>\n',
  filler: [
    '<meta name="csrf-token" content="Fh3kL0pQ9sT2vX5yZ8bC1dE4gH7jK6mN">\n',
    'document.querySelector("#password").value = "";\n',
    'const key = event.key;\n',
  ],
  entry: ways(
    ({ name, value }) => `window.${name} = "${value}";\n`,
    ({ name, value }) => `<div data-${kebab(name)}="${value}"></div>\n`,
  ),
};

export const TEXT_FRAMES: readonly Frame[] = [markdown, history, log, notebook, sql, diff, message, html];
