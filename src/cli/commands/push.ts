import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseDuration } from '../../domain/units.ts';
import { attributionJson, blameJson } from '../../gateway/api/attribution-json.ts';
import { explanationJson } from '../../gateway/api/explanation-json.ts';
import { diffJson, type PushJson, pushJson } from '../../gateway/api/push-json.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { ask, type Client, type ClientOptions, query, withClient } from '../client.ts';
import { CommandError, print, printError, printJson, printLines, printTable, shortTime } from '../terminal.ts';

type Listing = ClientOptions & { readonly json?: boolean };

interface ListOptions extends Listing {
  readonly state?: string;
  readonly repo?: string;
  readonly principal?: string;
  readonly unreviewed?: boolean;
  readonly limit?: number;
  readonly before?: number;
}

export async function listPushes(options: ListOptions): Promise<void> {
  const { json, state, repo, principal, limit, before } = options;
  const unreviewed = options.unreviewed === true ? 'true' : undefined;
  await withClient(options, async (client) => {
    const { value, raw } = await ask(
      client,
      z.array(pushJson),
      'GET',
      `/api/v1/pushes${query({ state, repo, principal, unreviewed, limit, before })}`,
    );
    if (json) return printJson(raw);
    printTable(
      ['ID', 'STATE', 'REPO', 'BY', 'REFS', 'CREATED', 'WAITS FOR'],
      value.map((push) => [
        String(push.id),
        push.state,
        push.repo,
        push.principal.name,
        summary(push.updates.map((update) => update.refName)),
        shortTime(push.createdAt),
        push.state === 'held' ? openRequirements(push).join(', ') : '-',
      ]),
    );
  });
}

export async function showPush(id: number, options: Listing): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, pushJson, 'GET', pathOf(id));
    if (options.json) return printJson(raw);
    printPush(value);
  });
}

export async function diffPush(id: number, options: Listing): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, diffJson, 'GET', `${pathOf(id)}/diff`);
    if (options.json) return printJson(raw);
    for (const update of value.updates) {
      print(`# ${update.refName}`);
      printLines(update.text);
      if (update.truncated) printError(`sallyport: the diff of ${update.refName} is longer than shown`);
    }
  });
}

export async function explainPush(id: number, options: Listing): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, explanationJson, 'GET', `${pathOf(id)}/explain`);
    if (options.json) return printJson(raw);
    printLines(value.lines.join('\n'));
  });
}

export async function attributionOfPush(id: number, options: Listing & { readonly format?: string }): Promise<void> {
  const { format } = options;
  await withClient(options, async (client) => {
    const path = `${pathOf(id)}/attribution${format === undefined ? '' : `/${encodeURIComponent(format)}`}`;
    const { value, raw } = await ask(client, z.unknown(), 'GET', path);
    if (options.json || format !== undefined) return printJson(raw);
    printAttribution(attributionAnswer.parse(value).attribution);
  });
}

const attributionAnswer = z.object({ attribution: attributionJson });

function printAttribution({ commits, evidence, unseen }: z.infer<typeof attributionJson>): void {
  for (const { oid, codingAgents, lines, kind } of commits) {
    const counts = Object.entries(lines).filter(([, count]) => count > 0);
    const said = counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'none added';
    print(`${oid.slice(0, 12)} ${kind === 'ordinary' ? '' : `(${kind}) `}lines: ${said}`);
    for (const agent of codingAgents) {
      print(
        `  ${agent.tier} ${visibleText(agent.id)}${agent.models.length > 0 ? ` (${visibleText(agent.models.join(', '))})` : ''}`,
      );
      for (const at of agent.evidence.slice(0, SHOWN_EVIDENCE)) {
        const one = evidence[at];
        if (one !== undefined)
          print(`     ${one.kind}, ${one.source.rule}, ${one.verifier}: ${visibleText(one.source.raw)}`);
      }
    }
  }
  for (const { path, why } of unseen.slice(0, SHOWN_EVIDENCE)) print(`not looked at: ${visibleText(path)}: ${why}`);
  print('unknown is not human; declared is what the commit says of itself');
}

const SHOWN_EVIDENCE = 5;
const GUTTER = 34;

export async function blamePush(id: number, path: string, options: Listing & { readonly ref?: string }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(
      client,
      blameJson,
      'GET',
      `${pathOf(id)}/blame${query({ path, ref: options.ref })}`,
    );
    if (options.json) return printJson(raw);
    for (const { line, text, commit, state, tier, codingAgents } of value.lines) {
      const who = codingAgents.length > 0 ? ` ${visibleText(codingAgents.join(','))}` : '';
      const gutter = commit === null ? '' : `${commit.slice(0, 8)} ${tier ?? '--'} ${state ?? 'unknown'}${who}`;
      print(`${gutter.slice(0, GUTTER).padEnd(GUTTER)} ${String(line).padStart(5)} ${visibleText(text)}`);
    }
  });
}

export async function approvePush(id: number, options: ClientOptions & { readonly message?: string }): Promise<void> {
  await withClient(options, async (client) => {
    const body = { comment: options.message ?? '' };
    const { value } = await ask(client, pushJson, 'POST', `${pathOf(id)}/approve`, body);
    const open = openRequirements(value);
    if (value.state === 'held') print(`approved push ${id}; it still waits for ${open.join(', ')}`);
    else print(`approved push ${id}; it is ${value.state}`);
    if (client.offline && value.state === 'relaying') print('it is relayed when the gateway runs');
  });
}

export async function reviewPush(id: number, options: ClientOptions & { readonly message: string }): Promise<void> {
  await withClient(options, async (client) => {
    await ask(client, pushJson, 'POST', `${pathOf(id)}/review`, { comment: options.message });
    print(`reviewed push ${id}`);
  });
}

export async function rejectPush(id: number, options: ClientOptions & { readonly message: string }): Promise<void> {
  await withClient(options, async (client) => {
    await ask(client, pushJson, 'POST', `${pathOf(id)}/reject`, { comment: options.message });
    print(`rejected push ${id}`);
  });
}

export async function withdrawPush(id: number, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await ask(client, pushJson, 'POST', `${pathOf(id)}/withdraw`, {});
    print(`withdrew push ${id}`);
  });
}

const ENDED: readonly PushJson['state'][] = [
  'refused',
  'rejected',
  'withdrawn',
  'expired',
  'superseded',
  'landed',
  'declined',
  'stale',
];
const FIRST_PAUSE = 200;
const LAST_PAUSE = 2000;

export async function waitForPush(id: number, options: ClientOptions & { readonly timeout?: string }): Promise<void> {
  const limit = options.timeout === undefined ? Infinity : (parseDuration(options.timeout) ?? Infinity);
  const deadline = performance.now() + limit;
  await withClient(options, async (client) => {
    const push = await followPush(client, id, deadline);
    if (push.state === 'landed') return print(`push ${id} has landed`);
    throw new CommandError(`push ${id} is ${push.state}${push.note === undefined ? '' : `: ${push.note}`}`);
  });
}

async function followPush(client: Client, id: number, deadline: number): Promise<PushJson> {
  let told = '';
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LAST_PAUSE, pause * 1.5)) {
    const { value: push } = await ask(client, pushJson, 'GET', pathOf(id));
    if (ENDED.includes(push.state)) return push;
    const waitsFor = push.state === 'held' ? `, waits for ${openRequirements(push).join(', ')}` : '';
    const news = `push ${id} is ${push.state}${waitsFor}`;
    if (news !== told) printError(news);
    told = news;
    const left = deadline - performance.now();
    if (left <= 0) throw new CommandError(`gave up waiting: push ${id} is ${push.state}`);
    await sleep(Math.min(pause, left));
  }
}

function printPush(push: PushJson): void {
  const { principal } = push;
  print(`push ${push.id}: ${push.state}`);
  print(`  repository  ${push.repo}`);
  print(`  by          ${principal.name} (${principal.kind}${principal.sponsor ? `, for ${principal.sponsor}` : ''})`);
  print(`  created     ${shortTime(push.createdAt)}`);
  if (push.decidedAt !== undefined) print(`  decided     ${shortTime(push.decidedAt)}`);
  if (push.landedAt !== undefined) print(`  landed      ${shortTime(push.landedAt)}`);
  if (push.state === 'held' && push.expiresAt !== undefined) print(`  expires     ${shortTime(push.expiresAt)}`);
  if (push.reason !== undefined) print(`  reason      ${push.reason}`);
  if (push.note !== undefined) print(`  note        ${push.note}`);
  if (push.breakGlass !== undefined) {
    const { reason, review } = push.breakGlass;
    const seen = review === null ? 'not reviewed' : `reviewed by ${review.by}: ${review.comment}`;
    print(`  break-glass ${reason} (${seen})`);
  }
  for (const update of push.updates) {
    print(`  ${update.kind} ${update.refName} ${update.oldOid.slice(0, 12)}..${update.newOid.slice(0, 12)}`);
  }
  for (const reason of push.verdict?.reasons ?? []) {
    print(`  ${reason.outcome}: ${reason.rule}: ${reason.text}`);
    if (reason.hint !== undefined) print(`    hint: ${reason.hint}`);
  }
  printFindings(push);
  for (const need of push.requirements) print(`  needs ${need.count} of ${need.group}, has ${need.given}`);
  for (const approval of push.approvals) {
    const comment = approval.comment === '' ? '' : `: ${approval.comment}`;
    print(`  ${approval.decision} by ${approval.by} at ${shortTime(approval.at)}${comment}`);
  }
  for (const outcome of push.outcomes ?? []) {
    print(
      `  upstream: ${outcome.refName} ${outcome.ok ? 'ok' : `declined${outcome.reason ? `: ${outcome.reason}` : ''}`}`,
    );
  }
}

function printFindings({ findings, verdict, state, exceptions: { granted } }: PushJson): void {
  for (const finding of findings) {
    const { path, where, line, commit, rule, masked, text, fingerprint, exception, allowed } = finding;
    const spot = path ?? (where && `(${where})`);
    const place = [commit?.slice(0, 12), spot && `${spot}${line === null ? '' : `:${line}`}`];
    const mark = fingerprint === null ? '' : ` fingerprint ${fingerprint}`;
    const cover = exception === null ? '' : `, covered by exception ${exception}`;
    const claim = allowed === null ? '' : `, its line says ${allowed}`;
    print(`  finding: ${[...place, rule, masked ?? text].filter(Boolean).join(' ')}${mark}${cover}${claim}`);
  }
  const asked = state === 'held' ? (verdict?.reasons ?? []).flatMap(({ exceptions }) => exceptions ?? []) : [];
  for (const { group, findings: indexes, lifetime } of asked) {
    const values = new Set(indexes.map((at) => findings[at]?.fingerprint)).size;
    print(`  asks ${group} for ${values} ${values === 1 ? 'exception' : 'exceptions'}, ${formatSpan(lifetime)} long`);
  }
  for (const { id, fingerprint } of granted) print(`  granted exception ${id} for ${fingerprint}`);
}

function formatSpan(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

function openRequirements(push: PushJson): readonly string[] {
  return push.requirements
    .filter((need) => need.given < need.count)
    .map((need) => `${need.count - need.given} of ${need.group}`);
}

function summary(names: readonly string[]): string {
  const [first = '-', ...rest] = names;
  return rest.length === 0 ? first : `${first} +${rest.length}`;
}

function pathOf(id: number): string {
  return `/api/v1/pushes/${id}`;
}
