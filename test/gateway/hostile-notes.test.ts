// Notes come from whoever pushes, and may be anything: large as the largest real ones, or made to be slow, deep or somebody
// else's. Through a real push: it goes its way, in the time that its bytes take, and reviewers are told what is wrong.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sessionKey } from '../../src/domain/attribution/notes/note-key.ts';
import type { PushJson } from '../../src/gateway/api/push-json.ts';
import { attributionOf, newestPush, until } from '../support/attribution-world.ts';
import { must, openWorld, type World } from '../support/world.ts';

const SESSION = sessionKey('claude', 'c1');
const FILES = 50;
const LINES = 400;
const MIB = 1024 * 1024;

const pathOf = (file: number) => `src/generated-by-test/part-${file}.ts`;
const linesOf = (file: number) =>
  Array.from({ length: LINES }, (_, line) => `export const value${file}of${line} = compute(${line}, ${file});\n`).join(
    '',
  );

/** What stands below `---`: a session, and whatever else. */
const metadata = (oid: string, more = '') =>
  `{"schema_version":"authorship/3.0.0","base_commit_sha":"${oid}","prompts":{},"sessions":{"${SESSION}":` +
  `{"agent_id":{"tool":"claude","id":"c1","model":"claude-opus-4-6"}}}${more}}`;

const entry = (path: string, ranges: string) => `${path}\n  ${SESSION} ${ranges}\n`;

/** Every second line, so that no two ranges are neighbours. */
const everySecond = (count: number, from = 1) => Array.from({ length: count }, (_, at) => from + 2 * at).join(',');

interface HostileNote {
  readonly what: string;
  readonly ref: 'ai' | 'agent-trace';
  readonly note: (oid: string) => string;
  /** Of the finding that says so; undefined where there is nothing to say. */
  readonly rule?: string;
  /** Lines of the commit that count as a machine's. */
  readonly machineLines?: number;
}

const conversation = JSON.stringify({ text: 'what was said and answered, for a very long time; '.repeat(40) });

const NOTES: readonly HostileNote[] = [
  {
    what: '3 MB of conversation, 50 files and 10,000 ranges that fit',
    ref: 'ai',
    note: (oid) =>
      `${Array.from({ length: FILES }, (_, file) => entry(pathOf(file), everySecond(LINES / 2))).join('')}---\n` +
      metadata(oid, `,"extra":[${Array.from({ length: 1_500 }, () => conversation).join()}]`),
    machineLines: (FILES * LINES) / 2,
  },
  {
    what: '10,000 ranges of lines that the commit does not have',
    ref: 'ai',
    note: (oid) => `${entry(pathOf(0), everySecond(10_000, LINES + 1))}---\n${metadata(oid)}`,
    rule: 'note-inconsistent',
  },
  {
    what: '10,000 ranges that all overlap',
    ref: 'ai',
    note: (oid) =>
      `${entry(pathOf(0), Array.from({ length: 10_000 }, (_, at) => `1-${100_000 + at}`).join())}---\n${metadata(oid)}`,
    rule: 'note-inconsistent',
  },
  {
    what: 'paths that lead out, are quoted, or of no file',
    ref: 'ai',
    note: (oid) => {
      const paths = [
        '../../../etc/passwd',
        '/etc/shadow',
        '"a\\"b"',
        'C:\\windows',
        '\u202egnp.ts',
        '.git/config',
        '%2e%2e/x',
      ];
      return `${paths.map((path) => entry(path, '1-5')).join('')}---\n${metadata(oid)}`;
    },
    rule: 'note-inconsistent',
  },
  {
    what: 'a path that is longer than any',
    ref: 'ai',
    note: (oid) => `${entry('a/'.repeat(50_000), '1')}---\n${metadata(oid)}`,
    rule: 'note-too-large',
  },
  {
    what: 'more files than any commit has',
    ref: 'ai',
    note: (oid) => `${Array.from({ length: 30_000 }, (_, at) => entry(`f${at}`, '1')).join('')}---\n${metadata(oid)}`,
    rule: 'note-too-large',
  },
  {
    what: 'JSON that is 200,000 levels deep',
    ref: 'ai',
    note: (oid) => `${entry(pathOf(0), '1')}---\n${metadata(oid, `,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`)}`,
    rule: 'note-too-large',
  },
  {
    what: 'JSON with names that programs trip over',
    ref: 'ai',
    note: (oid) =>
      `${entry(pathOf(0), '1-4')}---\n${metadata(oid, ',"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}')}`,
    machineLines: 4,
  },
  {
    what: 'the same name ten thousand times in JSON that ends nowhere',
    ref: 'ai',
    note: (oid) => `${entry(pathOf(0), '1')}---\n${metadata(oid).slice(0, -1)}${',"a":"a"'.repeat(10_000)}`,
    rule: 'note-malformed',
  },
  { what: 'no text at all', ref: 'ai', note: () => '\u0001\ufffd---\u0002\n'.repeat(10_000), rule: 'note-malformed' },
  {
    what: 'more bytes than are ever read',
    ref: 'ai',
    note: (oid) => `${entry(pathOf(0), '1')}---\n${metadata(oid, `,"x":"${'x'.repeat(10 * MIB)}"`)}`,
    rule: 'note-too-large',
  },
  {
    what: 'a note about another commit',
    ref: 'ai',
    note: () => `${entry(pathOf(0), '1')}---\n${metadata('f'.repeat(40))}`,
    rule: 'note-misplaced',
  },
  {
    what: 'an Agent Trace record of 100,000 levels',
    ref: 'agent-trace',
    note: () => `{"version":"0.1.0","files":${'[{"conversations":'.repeat(100_000)}`,
    rule: 'note-too-large',
  },
];

describe('notes that are made to hurt', () => {
  let world: World;
  let cwd: string;
  const oids: string[] = [];
  before(async () => {
    world = await openWorld();
    cwd = await world.clone('http', 'alice');
    for (const [at] of NOTES.entries()) {
      const files = at === 0 ? FILES : 1;
      const changed = Array.from({ length: files }, (_, file): [string, string] => [
        pathOf(file),
        `// ${at}\n${linesOf(file).replaceAll('compute', `compute${at}`)}`,
      ]);
      await must(world.git('alice', ['checkout', '-q', '--detach', 'origin/main'], { cwd }));
      oids.push(await world.commit(cwd, 'alice', Object.fromEntries(changed), `feat: part ${at}\n`));
    }
  });
  after(() => world.close());

  const branches = () => oids.map((oid, at) => `${oid}:refs/heads/noted-${at}`);

  test('are pushed along in the time that as many bytes take that are no notes', async () => {
    // The same bytes, as files of a branch that no rule of ours reads anything into.
    const texts = NOTES.map(({ note }, at): [string, string] => [`plain/${at}.bin`, `\0${note(oids[at] as string)}`]);
    await must(world.git('alice', ['checkout', '-q', '--detach', 'origin/main'], { cwd }));
    await world.commit(cwd, 'alice', Object.fromEntries(texts), 'feat: plain bytes\n');
    const plain = await timeOf(() => world.git('alice', ['push', '-q', 'origin', 'HEAD:refs/heads/plain'], { cwd }));

    for (const [at, { ref, note }] of NOTES.entries()) {
      const file = join(world.directory, 'note');
      await writeFile(file, note(oids[at] as string));
      const args = ['notes', `--ref=${ref}`, 'add', '-F', file, oids[at] as string];
      await must(world.git('alice', args, { cwd }));
    }
    const refs = [...branches(), 'refs/notes/ai', 'refs/notes/agent-trace'];
    const noted = await timeOf(() => world.git('alice', ['push', '-q', 'origin', ...refs], { cwd }));
    assert.ok(noted < 5 * plain + 3_000, `${Math.round(noted)} ms with notes, ${Math.round(plain)} ms without`);
    assert.equal((await newestPush(world)).state, 'landed');
  });

  for (const [at, { what, rule, machineLines = 0 }] of NOTES.entries()) {
    test(`${what}: ${rule ?? 'taken for what it is'}`, async () => {
      const { id, findings } = await pushWithNotes();
      const own = findings.filter((finding) => finding.commit === oids[at] && finding.rule.startsWith('note-'));
      if (rule === undefined) assert.deepEqual(own, []);
      else
        assert.ok(
          own.some((finding) => finding.rule === rule),
          JSON.stringify(own),
        );
      for (const { text } of own) assert.ok(text.length < 500 && /^[\x20-\x7e…’]*$/u.test(text), text);
      const known = await until(async () => await attributionOf(world, id));
      const commit = known.attribution.commits.find(({ oid }) => oid === oids[at]) ?? assert.fail();
      assert.equal(commit.lines.ai, machineLines);
    });
  }

  test('that come behind their commits are told in the trail', async () => {
    const oid = await world.commit(cwd, 'alice', { 'src/late.ts': 'export const late = 1;\n' }, 'feat: late\n');
    await must(world.git('alice', ['push', '-q', 'origin', 'HEAD:refs/heads/late'], { cwd }));
    const { id } = await newestPush(world);
    const note = `${entry('src/late.ts', '1-9000')}---\n${metadata(oid)}`;
    await must(world.git('alice', ['notes', '--ref=ai', 'add', '-F', '-', oid], { cwd, input: note }));
    await must(world.git('alice', ['push', '-q', 'origin', 'refs/notes/ai'], { cwd }));
    await until(async () => ((await attributionOf(world, id))?.cause === 'notes' ? true : undefined));
    const { body } = await world.api('root', 'GET', `/api/v1/audit?type=push.attributed&push=${id}`);
    assert.match(JSON.stringify(body), /"rule":"note-inconsistent"/);
  });

  async function pushWithNotes(): Promise<PushJson> {
    const { body } = await world.api('carol', 'GET', '/api/v1/pushes');
    const pushes = body as readonly PushJson[];
    return (
      pushes.find(({ updates }) => updates.some(({ refName }) => refName === 'refs/heads/noted-0')) ?? assert.fail()
    );
  }
});

async function timeOf(push: () => ReturnType<World['git']>): Promise<number> {
  const begun = performance.now();
  await must(push());
  return performance.now() - begun;
}
