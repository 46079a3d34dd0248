// One secret of every rule is pushed, said and sent through every opening, and then looked for in everything the gateway
// has written or answered: it stands in the sealed recordings and in git's own objects, and nowhere else.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createMasker } from '../../src/domain/secrets/mask-text.ts';
import type { SecretRule } from '../../src/domain/secrets/rule.ts';
import { ALL_RULES } from '../../src/domain/secrets/rules/all.ts';
import { expand } from '../domain/secrets/support/fixture.ts';
import { seeded } from '../domain/secrets/support/random.ts';
import { contextsOf, sampleValue } from '../domain/secrets/support/sample.ts';
import { must, openWorld, type Run, type World } from '../support/world.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/secrets');
const POLICY = `version: 1
defaults: { pushOptions: all, namespaces: all, secrets: flag }
rules:
  - { name: kept shut, when: { paths: ["refused/**"] }, then: refuse }
  - { name: found, when: { refs: ["refs/heads/found"], secrets: { severity: ">=info" } }, then: refuse }
  - { name: unfinished, when: { message: "^WIP" }, then: refuse }
  - { name: two of security, when: { paths: ["held/**"] }, then: hold, approvals: [{ group: security, count: 2 }] }
`;

/** A text with a secret in it, and the piece of the secret that must be seen nowhere. */
interface Canary {
  readonly id: string;
  readonly text: string;
  readonly value: string;
  /** Where such a file lies, when only that gives it away. */
  readonly path: string | undefined;
}

const masker = createMasker();

function canaryOf(rule: SecretRule): Canary | undefined {
  const random = seeded(`canary ${rule.id}`);
  const { id, shape } = rule;
  if (shape !== undefined) {
    const value = sampleValue(shape, random);
    const [text = ''] = contextsOf(rule, value, random);
    return { id, text, value: pieceOf(value), path: undefined };
  }
  const folder = resolve(FIXTURES, id);
  const name = readdirSync(folder).find((one) => one.startsWith('ng.'));
  if (name === undefined) return undefined;
  const { text, expected, path } = expand(readFileSync(resolve(folder, name), 'latin1'), rule, name);
  const longest = expected.map((one) => one.text).toSorted((a, b) => b.length - a.length)[0] ?? '';
  return { id, text, value: pieceOf(longest), path };
}

/** Of a key the longest line; of all others everything. */
function pieceOf(value: string): string {
  return value.split(/\r?\n|\\n/).toSorted((a, b) => b.length - a.length)[0] as string;
}

/** Text that a terminal, a file name and JSON show as it is; some rules are for binary files. */
const CANARIES = ALL_RULES.map(canaryOf).filter(
  (one): one is Canary =>
    one !== undefined && one.value.length >= 6 && /^[ -~]+$/.test(one.value) && /^[\t\n\r -~]+$/.test(one.text),
);
/** Those that need no file name around them. */
const SPOKEN = CANARIES.filter(({ path }) => path === undefined);

/** What the gateway's own agent logs in with at the upstream (test/support/world.ts); known to no rule. */
const PASSWORD = `up-${'x'.repeat(12)}`;
const HELD: Canary = { id: 'held', text: `it is ${PASSWORD}`, value: PASSWORD, path: undefined };

/** Each on a line: of a name or an option there is one line, and no more. */
const LINES = SPOKEN.map((one) => ({ ...one, text: one.text.trim().replace(/\s*\n\s*/g, ' ') }))
  .filter(isMasked)
  .concat(HELD);
const NAMES = LINES.map((one) => ({ ...one, text: one.text.replace(/[ "']+/g, '') })).filter(isMasked);
const REF_NAMES = NAMES.filter(
  ({ text }) => /^[\w=%+-][\w=%+./-]*[\w=%+-]$/.test(text) && !/\.\.|\/\/|\/\.|\.lock/.test(text),
);
const FILE_NAMES = NAMES.filter(({ text }) => /^[\w=%+-][\w=%+.:-]{1,200}$/.test(text));
const HEADERS = LINES.filter(({ value }) => /^[A-Za-z0-9+/=._~-]+$/.test(value)).slice(-80);

function isMasked({ text, value }: Canary): boolean {
  return !masker.text(`a/${text} , ${text}`).includes(value);
}

suite('a run that pushes one secret of every rule', () => {
  let world: World;
  const log: string[] = [];
  const said: string[] = [];
  const answers: string[] = [];

  before(async () => {
    world = await openWorld({
      policy: POLICY,
      upstreamConfig: { 'receive.advertisePushOptions': 'true' },
      log: { level: 'debug', destination: { write: (line: string) => void log.push(line) } },
    });
    await pushFiles();
    await pushNames();
    await pushWords();
    await comment();
    await ask();
    await knock();
    await world.stop();
  });
  after(() => world.close());

  test('has secrets of nearly every rule to look for', () => {
    assert.ok(CANARIES.length > ALL_RULES.length - 10, `${CANARIES.length} of ${ALL_RULES.length}`);
    assert.ok(LINES.length > 250 && REF_NAMES.length > 150 && FILE_NAMES.length > 150 && HEADERS.length === 80);
  });

  test('has seen pushes of every kind, with findings', () => {
    const text = answers.join('\n');
    for (const state of ['landed', 'held', 'refused']) assert.ok(text.includes(`"state":"${state}"`), state);
    assert.match(text, /"masked":"/);
  });

  test('leaves none of them in the log', () => {
    assert.ok(log.length > 20);
    sees('the log', log.join(''));
  });

  test('leaves none of them in the terminal', () => {
    assert.ok(said.length > 20);
    sees('the terminal', said.join('\n'));
  });

  test('leaves none of them in answers of the API', () => {
    assert.ok(answers.length > 20);
    for (const answer of answers) sees('an answer', answer);
  });

  test('leaves them in the data directory under seal alone', () => {
    const files = readdirSync(world.dataDir, { recursive: true, encoding: 'utf8' });
    let recordings = 0;
    let sealed = '';
    for (const name of files) {
      const file = join(world.dataDir, name);
      const stat = statSync(file);
      if (!stat.isFile() || /^(?:quarantine|mirrors)\//.test(name)) continue;
      if (/^recordings\/\d+\/(?:request|inputs\.json\.gz)$/.test(name)) {
        assert.equal(stat.mode & 0o777, 0o600, name);
        assert.equal(statSync(dirname(file)).mode & 0o077, 0, name);
        recordings += 1;
        if (name.endsWith('request')) sealed += readFileSync(file, 'latin1');
        continue;
      }
      sees(relative(world.dataDir, file), readFileSync(file, 'latin1'));
    }
    assert.ok(recordings > 10);
    for (const { value, id } of REF_NAMES) assert.ok(sealed.includes(value), `${id} was not pushed`);
  });

  /** Fails with the names of the rules whose secrets stand there. */
  function sees(where: string, text: string): void {
    const seen = [...CANARIES, HELD].filter(({ value }) => text.includes(value));
    const around = seen
      .slice(0, 5)
      .map(({ value, id }) => `${id}: ${text.slice(text.indexOf(value) - 60).slice(0, 160)}`);
    assert.deepEqual(around, [], `${seen.length} secrets in ${where}`);
  }

  async function pushFiles(): Promise<void> {
    for (const folder of ['landed', 'held', 'refused', 'found']) {
      const clone = await world.clone('http', 'alice');
      const files = CANARIES.map(({ id, text, path }) => [`${folder}/${id}/${path ?? 'file.txt'}`, text] as const);
      await world.commit(clone, 'alice', Object.fromEntries(files));
      await push(clone, `HEAD:refs/heads/${folder}`);
    }
  }

  /** As names of refs, tags and files, and in what tags and notes say. */
  async function pushNames(): Promise<void> {
    const clone = await world.clone('http', 'alice');
    await world.commit(clone, 'alice', { 'a.txt': 'a' });
    await push(clone, ...REF_NAMES.map(({ text }) => `HEAD:refs/heads/${text}`));
    await push(clone, ...REF_NAMES.slice(0, 40).map(({ text }) => `:refs/heads/${text}`));
    const words = join(clone, '.git', 'words');
    await writeFile(words, SPOKEN.map(({ text }) => text).join('\n\n'));
    await must(world.git('alice', ['tag', '-a', '-F', words, 'v1'], { cwd: clone }));
    await must(world.git('alice', ['notes', 'add', '-F', words], { cwd: clone }));
    await push(clone, 'refs/tags/v1', 'refs/notes/commits');
    for (const folder of ['refused', 'held']) {
      const files = FILE_NAMES.map(({ text }, i) => [`${folder}/${i}/${text}`, 'x'] as const);
      await world.commit(clone, 'alice', Object.fromEntries(files));
      await push(clone, `HEAD:refs/heads/names-${folder}`);
    }
    const ssh = await world.clone('ssh', 'alice');
    await world.commit(ssh, 'alice', Object.fromEntries(FILE_NAMES.map(({ text }) => [`refused/${text}`, 'x'])));
    await push(ssh, 'HEAD:refs/heads/ssh');
  }

  /** As reasons, options, first lines of messages and authors. */
  async function pushWords(): Promise<void> {
    const clone = await world.clone('http', 'alice');
    for (const [i, words] of chunks(LINES, 1_900).entries()) {
      const author = words.map(({ text }) => text.replace(/[<>]/g, ' ')).join(' ');
      const env = {
        GIT_AUTHOR_NAME: author.slice(0, 900),
        GIT_COMMITTER_EMAIL: author.replace(/ /g, '_').slice(0, 900),
      };
      await must(
        world.git('alice', ['commit', '-q', '--allow-empty', '-m', `WIP ${words[0]?.text}`], { cwd: clone, env }),
      );
      const reason = ['-o', `sallyport.reason=${words.map(({ text }) => text).join(' , ')}`];
      const options = words.flatMap(({ text }) => ['-o', text, '-o', `sallyport.wrong=${text}`]);
      await push(clone, ...reason, 'HEAD:refs/heads/wip');
      if (i % 2 === 0) await push(clone, ...options, `HEAD:refs/heads/o${i}`);
      else await push(clone, '-o', 'sallyport.format=json', ...options, `HEAD:refs/heads/o${i}`);
    }
    for (const { text } of LINES.slice(0, 40)) {
      await must(world.git('alice', ['commit', '-q', '--allow-empty', '-m', `WIP ${text}`], { cwd: clone }));
    }
    await push(clone, 'HEAD:refs/heads/wip2');
  }

  async function comment(): Promise<void> {
    const clone = await world.clone('http', 'alice');
    await world.commit(clone, 'alice', { 'held/clean.txt': 'nothing' });
    await push(clone, 'HEAD:refs/heads/clean');
    const held = await world.api('root', 'GET', '/api/v1/pushes?state=held');
    const [{ id }] = held.body as [{ id: number }];
    for (const words of chunks(LINES, 3_900)) {
      const text = words.map((one) => one.text).join(' , ');
      await post(`/api/v1/pushes/${id}/approve`, { comment: text });
    }
    await post(`/api/v1/pushes/${id}/reject`, {
      comment: LINES.map(({ text }) => text)
        .join(' , ')
        .slice(0, 4_000),
    });
    const key = readFileSync(join(world.directory, 'home', 'alice.pub'), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    await post('/api/v1/keys', { key: `${key} ${LINES[0]?.text}` });
  }

  async function post(path: string, body: object): Promise<void> {
    answers.push(JSON.stringify((await world.api('carol', 'POST', path, body)).body));
  }

  /** As tokens, names of users, user agents, paths and queries. */
  async function knock(): Promise<void> {
    const authorization = `Bearer ${world.token('root')}`;
    for (const { value } of HEADERS) {
      await get(`/api/v1/pushes?${encodeURIComponent(value)}=1&repo=${encodeURIComponent(value)}`, { authorization });
      await get(`/${encodeURIComponent(value)}/info/refs?service=git-receive-pack`, { authorization });
    }
    // From here on this address is locked out.
    for (const { value } of HEADERS) {
      const basic = `Basic ${Buffer.from(`x:${value}`).toString('base64')}`;
      await get('/api/v1/whoami', { authorization: `Bearer ${value}`, 'user-agent': value });
      await get('/acme/shop.git/info/refs?service=git-upload-pack', { authorization: basic, 'user-agent': value });
    }
  }

  /** Every route that answers anything. */
  async function ask(): Promise<void> {
    const authorization = `Bearer ${world.token('root')}`;
    const list = (await world.api('root', 'GET', '/api/v1/pushes?limit=500')).body as { id: number }[];
    const document = (await world.api('root', 'GET', '/api/openapi.json')).body as { paths: Record<string, object> };
    const paths = Object.entries(document.paths).filter(([path, verbs]) => 'get' in verbs && !path.endsWith('/events'));
    const all = paths.flatMap(([path]) =>
      path.includes('{id}') ? list.map(({ id }) => path.replace('{id}', `${id}`)) : [path],
    );
    for (const path of [...all, '/', '/healthz', '/readyz', '/metrics', '/api/v1/audit?limit=1000', '/pushes/1']) {
      await get(path, { authorization });
    }
    answers.push(await events(authorization));
  }

  async function get(path: string, headers: Record<string, string>): Promise<void> {
    const response = await fetch(`${world.http}${path}`, { headers });
    answers.push(await response.text());
  }

  /** All of them so far, from the first on. */
  async function events(authorization: string): Promise<string> {
    const response = await fetch(`${world.http}/api/v1/events?after=-1`, { headers: { authorization } });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.includes('"push.rejected"')) break;
    }
    return text;
  }

  /** What the gateway said in it: git itself repeats the names that it was given. */
  async function push(cwd: string, ...args: readonly string[]): Promise<void> {
    const run: Run = await world.git('alice', ['push', 'origin', ...args], { cwd });
    for (const line of run.stderr.split('\n')) {
      if (line.startsWith('remote:')) said.push(line);
      else if (line.includes('[remote rejected]')) said.push(line.slice(line.lastIndexOf('(')));
    }
  }
});

/** As many in a row as fit into so many characters, with what joins them. */
function chunks(all: readonly Canary[], size: number): Canary[][] {
  const rows: Canary[][] = [];
  let left = 0;
  for (const one of all) {
    const length = one.text.length + 3;
    if (length > left) {
      rows.push([]);
      left = size;
    }
    rows.at(-1)?.push(one);
    left -= length;
  }
  return rows;
}
