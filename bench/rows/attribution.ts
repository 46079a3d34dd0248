// Who wrote a push: the gateway's own step of real pushes, by its own clock, with objects, records and what was remembered
// read as always. A third of the commits declare a coding agent, and of a part of their lines its output was recorded before.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionKey } from '../../src/domain/attribution/sessions/session-event.ts';
import { median, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Bench, Row, RowGroup } from './row.ts';
import { usageNotes } from './row.ts';

const AGENT = { codingAgent: 'claude-code', conversation: 'bench' };
const TRAILER = '\nCo-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>\n';
const MODULES = 200;
/** Lines that a commit adds: at the end of a module, and in a file of its own. */
const APPENDED = 60;
const NEW = 40;
/** Every so many commits one of which the output was recorded. */
const RECORDED = 5;
const BATCH_LINES = 20_000;

export const attribution: RowGroup = {
  name: 'attribution',
  async run(bench) {
    bench.say('attribution: a history of many commits');
    const count = bench.isQuick ? 100 : 1_000;
    const base = await makeRepository(bench.stage, 'authors-base', BASE);
    const client = join(bench.stage.directory, 'authors');
    await bench.stage.git(['clone', '-q', base, client]);
    await fastImport(client, history(count));
    await record(bench, count);
    return [await manyCommits(bench, base, client, count), await oneCommit(bench, base)];
  },
};

const BASE = { commits: 3, filesPerCommit: 5, spread: 10, fileBytes: 1_000 };

async function manyCommits(bench: Bench, base: string, client: string, count: number): Promise<Row> {
  const { stage } = bench;
  const rounds = bench.rounds(5, 2);
  const stop = watch(stage.gatewayPid);
  await stage.steps();
  const taken: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    if (round > 1 && bench.isLate()) break;
    bench.say(`attribution of ${count} commits, round ${round}`);
    const name = `http/authors-${round}`;
    const target = stage.install(base, name);
    await stage.git(['push', '-q', stage.url('gate', 'http', name), 'authors:refs/heads/authors'], client);
    const ms = attributeMs(await stage.steps());
    if (round > 0) taken.push(...ms); // the first has a process to start
    await rm(target, { recursive: true });
  }
  const lines = (count * (APPENDED + NEW)) / 1_000;
  return {
    work: `attribution, ${count.toLocaleString('en')} commits / ${lines}k added lines`,
    figures: [{ name: 'median', value: median(taken), unit: 'ms', must: { max: 1_500 } }],
    notes: [`slowest ${Math.max(...taken)} ms of ${taken.length}`, ...usageNotes(stop(), taken.length + 1)],
  };
}

async function oneCommit(bench: Bench, base: string): Promise<Row> {
  const { stage } = bench;
  const name = 'http/one-author';
  stage.install(base, name);
  const clone = join(stage.directory, 'one-author');
  await stage.git(['clone', '-q', base, clone]);
  await mkdir(join(clone, 'src'));
  const rounds = bench.rounds(30, 5);
  bench.say('attribution of one commit');
  const warmUp = bench.isQuick ? 1 : 10;
  const taken: number[] = [];
  await stage.steps();
  for (let round = 0; round < warmUp + rounds; round++) {
    // At the end of one that is there, and in a file of its own; never so often the same that it grows out of all bounds.
    await appendFile(join(clone, `src/module-${round % 8}.ts`), linesOf(`one ${round}`, APPENDED - NEW).join(''));
    await writeFile(join(clone, `src/file-${round}.ts`), linesOf(`own ${round}`, NEW).join(''));
    await stage.git(['add', '-A'], clone);
    await stage.git(['commit', '-q', '-m', `step ${round}${round % 3 === 0 ? `\n${TRAILER}` : ''}`], clone);
    await stage.git(['push', '-q', stage.url('gate', 'http', name), 'HEAD:refs/heads/main'], clone);
    const ms = attributeMs(await stage.steps());
    if (round >= warmUp) taken.push(...ms);
  }
  return {
    work: `attribution, one commit / ${APPENDED} added lines`,
    figures: [{ name: 'median', value: median(taken), unit: 'ms', must: { max: 3 } }],
    notes: [
      `slowest ${Math.max(...taken)} ms of ${taken.length}; among ${(await recordedSessions(bench)).toString()} recorded session`,
    ],
  };
}

function attributeMs(steps: readonly Readonly<Record<string, number>>[]): number[] {
  return steps.map(({ attribute }) => {
    if (attribute === undefined) throw new Error('a push was answered without being attributed');
    return attribute;
  });
}

/** Lines as code has them: none like another, half of them alike in shape. */
function linesOf(seed: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const word = createHash('sha1').update(`${seed} ${at}`).digest('hex');
    if (at % 10 === 9) return '}\n';
    return `  const ${word.slice(0, 8)} = compute(${word.slice(8, 14)}, '${word.slice(14, 24)}', options);\n`;
  });
}

interface Added {
  readonly path: string;
  readonly before: number;
  readonly lines: readonly string[];
}

/** What a commit adds, at the end of a module and in a file of its own. */
function addedBy(commit: number): readonly Added[] {
  const module = commit % MODULES;
  const turn = Math.floor(commit / MODULES);
  return [
    {
      path: `src/module-${module}.ts`,
      before: turn * APPENDED,
      lines: linesOf(`module ${commit}`, APPENDED),
    },
    { path: `src/part-${module}/file-${commit}.ts`, before: 0, lines: linesOf(`file ${commit}`, NEW) },
  ];
}

/** A stream for git-fast-import(1). */
function* history(count: number): Generator<string> {
  const contents = new Map<string, string>();
  for (let commit = 0; commit < count; commit++) {
    const message = `step ${commit}\n${commit % 3 === 0 ? TRAILER : ''}`;
    const when = `Developer <dev@example.com> ${1_700_000_000 + commit * 60} +0000`;
    yield `commit refs/heads/authors\ncommitter ${when}\ndata ${message.length}\n${message}`;
    if (commit === 0) yield 'from refs/heads/main\n';
    for (const { path, lines } of addedBy(commit)) {
      const content = (contents.get(path) ?? '') + lines.join('');
      contents.set(path, content);
      yield `M 100644 inline ${path}\ndata ${content.length}\n${content}\n`;
    }
  }
  yield 'done\n';
}

async function fastImport(directory: string, stream: Iterable<string>): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--date-format=raw'], {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  child.stdin.on('error', () => {}); // its exit code says why
  for (const piece of stream) if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import failed in ${directory}`);
}

/** What the developer's coding agent wrote, as its hook would have sent it before the push. */
async function record(bench: Bench, count: number): Promise<void> {
  const path = `/api/v1/ai/sessions/${sessionKey(AGENT)}/events`;
  let events: object[] = [];
  let lines = 0;
  const send = async () => {
    if (events.length > 0) await bench.stage.api('dev', 'POST', path, { version: 1, ...AGENT, events });
    [events, lines] = [[], 0];
  };
  for (let commit = 0; commit < count; commit += RECORDED) {
    for (const added of addedBy(commit)) {
      const id = createHash('sha256').update(added.path).update(String(commit)).digest('hex');
      const piece = { start: added.before + 1, lines: added.lines.map((line) => line.slice(0, -1)) };
      events.push({ id, at: 1, kind: 'edit', path: added.path, tool: 'Edit', added: [piece] });
      lines += added.lines.length;
    }
    if (lines >= BATCH_LINES) await send();
  }
  await send();
}

async function recordedSessions({ stage }: Bench): Promise<number> {
  return ((await stage.api('dev', 'GET', '/api/v1/ai/sessions')) as readonly unknown[]).length;
}
