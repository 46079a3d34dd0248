import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogFields } from '../../../src/adapters/log/log.ts';
import { HeldValues } from '../../../src/domain/secrets/held-values.ts';
import { createMasker } from '../../../src/domain/secrets/mask-text.ts';

function logged(fields: LogFields, message = 'm'): string {
  let out = '';
  const write = (line: string) => {
    out += line;
  };
  createLog({ level: 'debug', destination: { write } }).info(fields, message);
  return out;
}

const CANARY = ['can', 'ary-', '1234567'].join('');

test('what travels under a telling name is never written', () => {
  const names = [
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'password',
    'UPSTREAM_PASSWORD',
    'token',
    'accessToken',
    'refresh_token',
    'clientSecret',
    'passphrase',
    'privateKey',
    'private-key',
    'apiKey',
    'x-api-key',
    'credentials',
  ];
  for (const name of names) {
    assert.equal(logged({ [name]: CANARY }).includes(CANARY), false, name);
    assert.equal(logged({ request: { headers: { [name]: [CANARY] } } }).includes(CANARY), false, `nested ${name}`);
  }
});

test('names of secrets are no secrets', () => {
  for (const name of ['tokenId', 'fingerprint', 'user', 'scopes'])
    assert.equal(logged({ [name]: CANARY }).includes(CANARY), true, name);
});

test('a secret is recognised by its shape wherever it stands', () => {
  const token = `sp_${'a1B2'.repeat(12)}`;
  const texts = [
    `Bearer ${CANARY}`,
    `basic ${Buffer.from(`u:${CANARY}`).toString('base64')}`,
    `https://u:${CANARY}@host/x`,
    `token ${token}`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY}\n-----END OPENSSH PRIVATE KEY-----`,
  ];
  for (const text of texts) {
    for (const line of [
      logged({ text }),
      logged({}, text),
      logged({ list: [{ text }] }),
      logged({ err: new Error(text, { cause: new Error(text) }) }),
    ]) {
      for (const secret of [CANARY, token, Buffer.from(`u:${CANARY}`).toString('base64')]) {
        assert.equal(line.includes(secret), false, line);
      }
    }
  }
});

test('what the rules of secrets find is masked, also where the text is cut', () => {
  const body = 'Zk3vQ8mT1xLw7Rb5Yn2Jd4Gh6Pc9Sf0A';
  const secret = `${['gl', 'pat-'].join('')}${body.slice(0, 20)}`;
  for (const text of [secret, `DB_PASSWORD="${body}"\nnext`, `${'x '.repeat(4090)} ${secret}`]) {
    const line = logged({ ref: text, err: new Error(text) }, text);
    assert.equal(line.includes(body.slice(0, 8)), false, line.slice(0, 300));
  }
});

test('what the agent holds is masked', () => {
  const held = new HeldValues({ key: Buffer.alloc(16), values: [] });
  held.add(CANARY);
  let out = '';
  const write = (line: string) => {
    out += line;
  };
  createLog({ mask: createMasker(held), destination: { write } }).info(
    { err: new Error(`said ${CANARY}`) },
    `m ${CANARY}`,
  );
  assert.match(out, /"message":"said …"/);
  assert.equal(out.includes(CANARY), false);
});

test('of an error only name, message, code, stack and cause are written', () => {
  const error = Object.assign(new Error('m'), { code: 'ECONN', request: { body: CANARY }, config: CANARY });
  const line = logged({ err: error });
  assert.equal(line.includes(CANARY), false);
  assert.equal(JSON.parse(line).err.code, 'ECONN');
});

test('text from outside is one line and cannot act on a terminal', () => {
  const hostile = 'a\n{"level":"error"}\r\u001b]0;x\u0007\u009b31m\u202e\udc80';
  const line = logged({ name: hostile, [hostile]: 1 }, hostile);
  assert.equal(line.indexOf('\n'), line.length - 1);
  assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u202e]|\\u001b|\\n/);
});

test('what is deep, long, circular or binary ends', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  assert.equal(logged({ circle }).length < 1000, true);
  assert.equal(
    logged({ text: 'x'.repeat(1e6), list: Array(1e5).fill('y'), bytes: Buffer.alloc(1e6) }).length < 20_000,
    true,
  );
});
