// What `secrets:` of sallyport.yaml does to real pushes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runProgram } from '../cli/program.ts';
import { npmToken } from '../domain/secrets/support/tokens.ts';
import { openWorld, type World } from '../support/world.ts';

const directory = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
const LISTED = ['heron', 'on', 'the', 'weir'].join('-');
const ACME = ['acme', '-0123456789ab'].join('');
const TOKEN = npmToken('settings');

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return JSON.stringify(join(directory, name));
}

const RULES = `[[rules]]\nid = "acme-token"\nregex = '''acme-[0-9a-f]{12}'''\nkeywords = ["acme"]\n[[allowlists]]\npaths = ['''^samples/''']\n`;

let world: World;
let cwd: string;

before(async () => {
  const gitleaks = file('rules.toml', RULES);
  const gitleaksIgnore = file('ignore', 'known.txt:npm-access-token:1\n');
  const digest = createHash('sha256').update(LISTED).digest('hex');
  const secrets = `secrets: { gitleaks: ${gitleaks}, gitleaksIgnore: ${gitleaksIgnore}, hashes: ["${digest}"] }`;
  world = await openWorld({ gateway: secrets });
  cwd = await world.clone('http', 'alice');
});

after(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

let branches = 0;

async function push(path: string, content: string): Promise<{ code: number; stderr: string }> {
  await world.git('alice', ['checkout', '-q', '-B', `try-${++branches}`, 'origin/main'], { cwd });
  await world.commit(cwd, 'alice', { [path]: content });
  return world.git('alice', ['push', 'origin', 'HEAD'], { cwd });
}

const REFUSED: readonly (readonly [fact: string, path: string, content: string, rule: string])[] = [
  ['a rule of the .gitleaks.toml', 'a.txt', `x ${ACME}\n`, 'acme-token'],
  ['a listed value', 'a.txt', `x: ${LISTED}\n`, 'listed-value'],
  ['a rule of ours beside them', 'a.txt', `t = "${TOKEN}"\n`, 'npm-access-token'],
  ['what the ignore file names, on another line', 'known.txt', `\nt = "${TOKEN}"\n`, 'npm-access-token'],
];

for (const [fact, path, content, rule] of REFUSED) {
  test(`refused: ${fact}`, async () => {
    const { code, stderr } = await push(path, content);
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`remote: .*${path}:\\d+ ${rule} `));
    for (const value of [ACME, LISTED, TOKEN]) assert.ok(!stderr.includes(value));
  });
}

test('lands: what an allowlist of the .gitleaks.toml lets off, of our rules too', async () => {
  const { code, stderr } = await push('samples/a.txt', `${ACME}\nt = "${TOKEN}"\n`);
  assert.equal(code, 0, stderr);
});

test('lands: what the ignore file names', async () => {
  const { code, stderr } = await push('known.txt', `t = "${TOKEN}"\n`);
  assert.equal(code, 0, stderr);
});

test('a .gitleaks.toml that cannot be used stops the start, with file and line', async () => {
  const made = await runProgram(['init', '--dir', directory, '--upstream', 'http://127.0.0.1:9/{path}']);
  assert.equal(made.code, 0, made.stderr);
  const gitleaks = file('broken.toml', '\n[[rules]]\nid = "x"\nregex = "(?<bad"\n');
  const config = join(directory, 'sallyport.yaml');
  appendFileSync(config, `secrets: { gitleaks: ${gitleaks} }\n`);
  const served = await runProgram(['serve', '--config', config]);
  assert.equal(served.code, 1);
  assert.match(served.stderr, /broken\.toml:2: rule x: /);
});
