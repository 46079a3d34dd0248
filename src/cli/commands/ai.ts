// Recorded sessions of coding agents on the command line: which there are, what was asked, and what came of it.
import { z } from 'zod';
import { whoamiJson } from '../../gateway/api/account-json.ts';
import {
  type EventJson,
  SESSION_KEY,
  type SessionJson,
  sessionJson,
  sessionPageJson,
} from '../../gateway/api/ai-session-json.ts';
import { ask, type Client, type ClientOptions, query, withClient } from '../client.ts';
import { print, printJson, printLines, printTable, shortTime, UsageError } from '../terminal.ts';

interface ListOptions extends ClientOptions {
  readonly json?: boolean;
  readonly principal?: string;
  readonly repo?: string;
  readonly since?: string;
  readonly limit?: number;
}

export async function listSessions(options: ListOptions): Promise<void> {
  const { json, principal, repo, since, limit } = options;
  await withClient(options, async (client) => {
    const path = `/api/v1/ai/sessions${query({ principal, repo, since, limit })}`;
    const { value, raw } = await ask(client, z.array(sessionJson), 'GET', path);
    if (json) return printJson(raw);
    printTable(
      ['SESSION', 'CODING AGENT', 'MODEL', 'REPO', 'LAST', 'PROMPTS', 'EDITS', 'COMMITS'],
      value.map((one) => [
        `${one.principal}/${one.key}`,
        one.codingAgent,
        one.model ?? '-',
        one.repos.join(',') || '-',
        shortTime(one.lastAt),
        String(one.prompts),
        String(one.edits),
        String(one.commits),
      ]),
    );
  });
}

export interface ShowOptions extends ClientOptions {
  readonly json?: boolean;
  /** Everything in its order, with the code. */
  readonly replay?: boolean;
}

/** `session`: `<principal>/<key>`, or the key of one of the caller's own. */
export async function showSession(session: string, options: ShowOptions): Promise<void> {
  await withClient(options, async (client) => {
    const path = await pathOf(client, session);
    let shown: SessionJson | undefined;
    const all: unknown[] = [];
    let started: number | undefined;
    for await (const page of pagesOf(client, path)) {
      if (shown === undefined && !options.json) printSession(page.session);
      shown = page.session;
      for (const event of page.events) {
        started ??= Date.parse(event.at);
        if (options.json) all.push(event);
        else printAll(options.replay ? replayOf(event, started) : summaryOf(event));
      }
    }
    if (options.json) printJson({ session: shown, events: all });
  });
}

async function pathOf(client: Client, session: string): Promise<string> {
  const at = session.lastIndexOf('/');
  const key = session.slice(at + 1);
  if (!SESSION_KEY.test(key)) throw new UsageError('a session is <principal>/s_…, as `sallyport ai ls` shows it');
  const principal = at > 0 ? session.slice(0, at) : (await ask(client, whoamiJson, 'GET', '/api/v1/whoami')).value.name;
  return `/api/v1/ai/sessions/${encodeURIComponent(principal)}/${key}`;
}

async function* pagesOf(client: Client, path: string) {
  let after: number | undefined;
  do {
    const { value } = await ask(client, sessionPageJson, 'GET', `${path}${query({ after })}`);
    yield value;
    after = value.next;
  } while (after !== undefined);
}

function printSession(session: SessionJson): void {
  print(`session ${session.principal}/${session.key}`);
  const { codingAgent, model, toolVersion, human, repos, firstAt, lastAt, conversation } = session;
  print(`  agent   ${[codingAgent, toolVersion, model].filter((one) => one !== undefined).join(' ')}`);
  print(`  id      ${conversation}`);
  if (human !== undefined) print(`  human   ${human}, as recorded`);
  print(`  repos   ${repos.join(', ') || 'none'}`);
  print(`  from    ${shortTime(firstAt)} to ${shortTime(lastAt)}`);
}

/** Prompts in full, of everything else that it was. */
function summaryOf(event: EventJson): readonly string[] {
  switch (event.kind) {
    case 'prompt': {
      const title = `prompt ${event.id}, ${shortTime(event.at)}, sha256 ${event.digest.slice(0, 12)}`;
      return ['', title, ...indented(event.prompt.split('\n'), '    ')];
    }
    case 'edit':
      return [`  ${titleOf(event)}, ${linesOf(event)} lines`];
    case 'commit':
      return [`  ${titleOf(event)}, ${event.files.length} files`];
    case 'session-start':
    case 'session-end':
      return [];
  }
}

/** As it went, with the time since the beginning. */
function replayOf(event: EventJson, started: number): readonly string[] {
  return ['', `[${elapsed(Date.parse(event.at) - started)}] ${titleOf(event)}`, ...contentOf(event)];
}

function contentOf(event: EventJson): readonly string[] {
  switch (event.kind) {
    case 'prompt':
      return indented(event.prompt.split('\n'), '> ');
    case 'edit':
      return event.added.flatMap(({ start, lines }) => [`  @@ from line ${start}`, ...indented(lines, '  +')]);
    case 'commit':
      return event.files.map(({ path, ranges }) => `  ${path}: lines ${ranges.map(rangeText).join(', ')}`);
    case 'session-start':
    case 'session-end':
      return [];
  }
}

function rangeText([start, end]: readonly [number, number]): string {
  return start === end ? String(start) : `${start}-${end}`;
}

function titleOf(event: EventJson): string {
  switch (event.kind) {
    case 'prompt':
      return `prompt ${event.id}`;
    case 'edit':
      return `${event.tool} ${event.path}${event.userModified ? ', changed by a person' : ''}`;
    case 'commit':
      return `commit ${event.commit}${signed(event)}`;
    case 'session-start':
      return 'the session begins';
    case 'session-end':
      return 'the session ends';
  }
}

function signed({ signedBy }: EventJson): string {
  return signedBy === undefined ? ', not signed' : `, signed by ${signedBy}`;
}

function linesOf({ added }: Extract<EventJson, { kind: 'edit' }>): number {
  return added.reduce((sum, { lines }) => sum + lines.length, 0);
}

function indented(lines: readonly string[], by: string): readonly string[] {
  return lines.map((line) => by + line);
}

function printAll(lines: readonly string[]): void {
  if (lines.length > 0) printLines(`${lines.join('\n')}\n`);
}

/** `2:05` minutes and seconds, hours before them when there are any. */
function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
