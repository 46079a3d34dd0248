import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CredentialError, type CredentialUse, createCredentials } from '../../../src/agent/credentials.ts';

const CANARY = ['helper', 'canary', '5c1e'].join('-');
const USE: CredentialUse = { scheme: 'https', host: 'git.example.com', port: 443, repo: 'acme/shop.git', writes: true };

const root = mkdtempSync(join(tmpdir(), 'sallyport-helper-'));
after(() => rmSync(root, { recursive: true }));
let helpers = 0;

interface Helper {
  readonly argv: readonly string[];
  /** What it was asked, as `action` and the lines it read. */
  asked(): readonly string[];
}

/** A real program: writes down what it reads, then runs these lines of shell with `$N` = how often it was asked before. */
function makeHelper(lines: string): Helper {
  const path = join(root, `helper-${helpers++}`);
  const script = [
    `LOG='${path}.log'; N=$(grep -c '^get' "$LOG" 2>/dev/null); N=\${N:-0}`,
    'INPUT=$(cat)',
    'printf "%s %s|%s\\n" "$2" "$1" "$(printf %s "$INPUT" | tr "\\n" ",")" >> "$LOG"',
    `if [ "$2" = get ]; then\n${lines}\nfi`,
  ];
  writeFileSync(path, script.join('\n'));
  return {
    argv: ['/bin/sh', path, '--role=gate'],
    asked: () => readFileSync(`${path}.log`, 'utf8').trim().split('\n'),
  };
}

function make(helper: Pick<Helper, 'argv'>, known: string[] = []) {
  return createCredentials(
    { main: { kind: 'command', argv: helper.argv } },
    async () => assert.fail('a helper has no secret to read'),
    undefined,
    { add: (text) => known.push(text) },
  );
}

async function headerOf(credentials: ReturnType<typeof make>, use: CredentialUse = USE): Promise<string> {
  const credential = await credentials.load('main', use);
  return credential.kind === 'authorization' ? credential.value.reveal() : credential.kind;
}

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

describe("git's credential helper", () => {
  const QUESTIONS: readonly (readonly [string, Partial<CredentialUse>, string])[] = [
    ['the usual port', {}, 'protocol=https,host=git.example.com,path=acme/shop.git'],
    ['a port of its own', { port: 8443 }, 'protocol=https,host=git.example.com:8443,path=acme/shop.git'],
    ['http', { scheme: 'http', port: 80 }, 'protocol=http,host=git.example.com,path=acme/shop.git'],
  ];
  for (const [title, more, expected] of QUESTIONS) {
    test(`is asked with protocol, host and path: ${title}`, async () => {
      const helper = makeHelper(`echo username=bot; echo password=${CANARY}`);
      assert.equal(await headerOf(make(helper), { ...USE, ...more }), basic('bot', CANARY));
      assert.deepEqual(helper.asked(), [`get --role=gate|capability[]=authtype,${expected}`]);
    });
  }

  test('is asked once a minute at most, and once for everybody', async () => {
    const helper = makeHelper('echo username=bot; echo password=secret-$N');
    const credentials = make(helper);
    const values = await Promise.all([headerOf(credentials), headerOf(credentials)]);
    assert.deepEqual([...values, await headerOf(credentials)], Array(3).fill(basic('bot', 'secret-0')));
    assert.equal(helper.asked().length, 1);
  });

  test('is told what was refused before it is asked again', async () => {
    const helper = makeHelper('echo username=bot; echo password=secret-$N');
    const credentials = make(helper);
    await headerOf(credentials);
    credentials.forget('main', USE);
    assert.equal(await headerOf(credentials), basic('bot', 'secret-1'));
    assert.deepEqual(
      helper.asked().map((line) => line.split(' ')[0]),
      ['get', 'erase', 'get'],
    );
    assert.match(helper.asked()[1] ?? '', /protocol=https,host=git\.example\.com,path=acme\/shop\.git$/);
  });

  const ANSWERS: readonly (readonly [string, string, string])[] = [
    ['a scheme of its own', 'echo authtype=Bearer; echo credential=tok.en', 'Bearer tok.en'],
    ['an empty user name', 'echo username=; echo password=pw', basic('', 'pw')],
    ['no user name', 'echo password=pw', basic('', 'pw')],
    ['a password with = and :', "echo username=u; echo 'password=a=b:c'", basic('u', 'a=b:c')],
    ['line ends of Windows', 'printf "username=u\\r\\npassword=p\\r\\n"', basic('u', 'p')],
    ['an end far away', 'echo username=u; echo password=p; echo password_expiry_utc=99999999999', basic('u', 'p')],
    ['fields that we do not know', 'echo quit=0; echo username=u; echo password=p; echo oauth_x=1', basic('u', 'p')],
  ];
  for (const [title, lines, expected] of ANSWERS) {
    test(`may answer with ${title}`, async () => assert.equal(await headerOf(make(makeHelper(lines))), expected));
  }

  test('a password that says when it ends is kept until shortly before', async () => {
    const helper = makeHelper(
      'echo username=u; echo password=p-$N; if [ "$N" = 1 ]; then A=3600; else A=1; fi; echo password_expiry_utc=$(($(date +%s) + A))',
    );
    const credentials = make(helper);
    await headerOf(credentials);
    const until = performance.now() + 10_000;
    // The first one ends within the second; asking is all that can tell.
    while ((await headerOf(credentials)) === basic('u', 'p-0')) assert.ok(performance.now() < until);
    for (let times = 0; times < 5; times++) assert.equal(await headerOf(credentials), basic('u', 'p-1'));
    assert.equal(helper.asked().length, 2);
  });

  const REFUSED: readonly (readonly [string, string, RegExp])[] = [
    ['no password', 'echo username=u', /gave no password$/],
    [
      'a password that has ended',
      `echo password=${CANARY}; echo password_expiry_utc=1000`,
      /password that has expired$/,
    ],
    ['a user name with a colon', `echo username=a:b; echo password=${CANARY}`, /user name with a colon$/],
    ['a header of its own', `echo 'authtype=Bearer x'; echo credential=${CANARY}`, /cannot be in a header$/],
    ['a credential of two words', `echo authtype=Bearer; echo 'credential=${CANARY} x'`, /cannot be in a header$/],
    ['a failure', `echo ${CANARY} >&2; echo password=${CANARY}; exit 3`, /get failed \(exit 3\)$/],
    ['too much', `echo password=${CANARY}; head -c 200000 /dev/zero`, /get failed \(SIGKILL\)$/],
  ];
  for (const [title, lines, expected] of REFUSED) {
    test(`answering with ${title} is told without a word of its answer`, async () => {
      await assert.rejects(make(makeHelper(lines)).load('main', USE), (error: Error) => {
        assert.ok(error instanceof CredentialError);
        assert.match(error.message, expected);
        return !error.message.includes(CANARY);
      });
    });
  }

  test('a program that is not there is named', async () => {
    const asked = make({ argv: ['/nonexistent/helper'] }).load('main', USE);
    await assert.rejects(
      asked,
      /^CredentialError: credential main: \/nonexistent\/helper get cannot be run \(ENOENT\)$/,
    );
  });

  for (const repo of ['acme/shop\nhost=evil.example.com', 'acme/shop\rx', 'acme/shop\0']) {
    test(`a path such as ${JSON.stringify(repo)} cannot be another field: nobody is asked`, async () => {
      const helper = makeHelper('echo password=p');
      await assert.rejects(make(helper).load('main', { ...USE, repo }), CredentialError);
      assert.throws(() => helper.asked(), { code: 'ENOENT' });
    });
  }

  test('all that it gives is made known, in every spelling', async () => {
    const known: string[] = [];
    await headerOf(make(makeHelper(`echo username=bot; echo password=${CANARY}`), known));
    assert.deepEqual(known.toSorted(), [CANARY, basic('bot', CANARY).slice('Basic '.length)].toSorted());
    await headerOf(make(makeHelper(`echo authtype=Bearer; echo credential=${CANARY}-2`), known));
    assert.ok(known.includes(`${CANARY}-2`));
  });
});
