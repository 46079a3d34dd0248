// Every sentence a developer reads in the terminal, and the reason git shows on the ref's line. The last line is always
// what to do next. Names from outside are made visible where the text leaves (answer.ts, report-status).
import { summaryLine } from '../domain/attribution/summary.ts';
import type { Finding } from '../domain/push/finding.ts';
import type { Push } from '../domain/push/push.ts';
import type { Reason, Requirement } from '../domain/push/verdict.ts';
import type { Report } from '../protocol/report-status.ts';
import type { Message } from './answer.ts';

const SHOWN_PATHS = 3;
const SHOWN_FINDINGS = 10;
const REASON_COLUMN = 47;

/** The lines for sideband 2 that explain where the push stands now. */
export function describe(push: Push, publicUrl: string): readonly Message[] {
  switch (push.state) {
    case 'held':
      return held(push, publicUrl);
    case 'refused':
      return refused(push);
    case 'landed':
      return landed(push);
    case 'declined':
      return declined(push);
    case 'stale':
      return [
        say(`sallyport: push ${push.id} is stale: ${push.note ?? 'the upstream moved'}`, push),
        next('fetch first, then push again', push),
      ];
    case 'relaying':
    case 'unknown':
      return [
        say(
          `sallyport: the outcome of push ${push.id} is not known yet, it is being reconciled with the upstream`,
          push,
        ),
        next(`look at ${pageOf(push, publicUrl)} before pushing again`, push),
      ];
    case 'rejected':
      return [say(ended(push), push), next('mend it and push again', push)];
    case 'withdrawn':
      return [say(ended(push), push), next('push again when it is ready', push)];
    case 'expired':
      return [say(ended(push), push), next('push again to ask anew', push)];
    case 'superseded':
      return [say(ended(push), push), next(`follow ${pageOf(push, publicUrl, push.supersededBy)}`, push)];
    case 'receiving':
      return [say('sallyport: the push was not decided', push), next('push again', push)];
  }
}

/** How a hold ended. The notes of people's acts begin with what they did: `rejected by bob: …`. */
function ended(push: Push): string {
  const { id, state, note } = push;
  if (note?.startsWith(state) === true) return `sallyport: push ${id} was ${note}`;
  return `sallyport: push ${id} has ended, ${state}${note === undefined ? '' : `: ${note}`}`;
}

/** By the upstream, or before anything was sent to it: then there are no words of the upstream to look for. */
function declined(push: Push): readonly Message[] {
  if (push.outcomes === undefined) {
    return [
      say(`sallyport: push ${push.id} was not relayed: ${push.note ?? 'no reason given'}`, push),
      next('push again once that is mended', push),
    ];
  }
  const reason = push.outcomes.find((outcome) => !outcome.ok)?.reason ?? 'no reason given';
  return [
    say(`sallyport: the upstream declined push ${push.id}: ${reason}`, push),
    next('see the message of the upstream, mend it and push again', push),
  ];
}

/** The same push again, while it is held, with another reason. */
export function reasonChanged(push: Push): Message {
  return say(`sallyport: the reason of push ${push.id} is now: ${push.reason ?? ''}`, push);
}

/** One progress line about a hold that is being waited for. */
export function progress(push: Push): Message {
  const approvals = push.approvals.filter((approval) => approval.decision === 'approve').map((approval) => approval.by);
  const open = missing(push.requirements);
  if (approvals.length === 0) return say(`sallyport: waiting for approval of push ${push.id}: ${open}`, push);
  const rest = open === 'nothing' ? 'relaying now' : `still needed: ${open}`;
  return say(`sallyport: push ${push.id} approved by ${approvals.join(', ')}; ${rest}`, push);
}

/** At the end of a wait that nobody has ended: why it is held has been said. */
export function stillHeld(push: Push, publicUrl: string): readonly Message[] {
  return [
    say(`sallyport: push ${push.id} is still held: ${missing(push.requirements)}`, push),
    next(`watch or approve: ${pageOf(push, publicUrl)}`, push),
  ];
}

/** The report: one line a ref. `ok` only for what the upstream said it took. */
export function report(push: Push): Report {
  return {
    unpack: 'ok',
    refs: push.updates.map((update) => {
      const outcome = push.outcomes?.find((one) => one.refName === update.refName);
      if (push.state === 'landed' && outcome?.ok === true) {
        return {
          refName: update.refName,
          ok: true,
          ...(outcome.options === undefined ? {} : { options: outcome.options }),
        };
      }
      return { refName: update.refName, ok: false, reason: refReason(push, outcome?.reason) };
    }),
  };
}

function refReason(push: Push, upstreamReason: string | undefined): string {
  switch (push.state) {
    case 'held':
      return `held for approval: push ${push.id}`;
    case 'refused':
      return `refused: ${push.verdict?.reasons.find((reason) => reason.outcome === 'refuse')?.rule ?? 'by policy'}`;
    case 'landed':
    case 'declined':
      return upstreamReason ?? push.note ?? 'declined by the upstream';
    case 'stale':
      return 'stale: the upstream moved, fetch first';
    case 'relaying':
    case 'unknown':
      return `outcome unknown: push ${push.id} is being reconciled`;
    case 'superseded':
      return `superseded by push ${push.supersededBy ?? 0}`;
    case 'rejected':
    case 'withdrawn':
    case 'expired':
      return `${push.state}: push ${push.id}`;
    case 'receiving':
      return 'not decided';
  }
}

function held(push: Push, publicUrl: string): readonly Message[] {
  const reasons = push.verdict?.reasons.filter((reason) => reason.outcome === 'hold') ?? [];
  return [
    say(`sallyport: held for approval, push ${push.id}`, push),
    ...reasons.flatMap((reason) => {
      const findings = findingLines(push, reason);
      const text = `  ${reason.rule}: ${cause(reason)}`;
      const asked = push.requirements.filter((one) => one.rules.includes(reason.rule)).map(asking);
      if (asked.length === 0) return [say(text, push, { reason }), ...findings];
      // The column is for people's eyes alone.
      const unpadded = `${text.trim()} (${asked.join(', ')})`;
      const line = `${text.padEnd(REASON_COLUMN)} (${asked.join(', ')})`;
      return [say(line, push, { text: unpadded, reason }), ...findings];
    }),
    ...(reasons.some(({ exceptions }) => exceptions !== undefined) ? [asksForExceptions(push)] : []),
    ...flagged(push),
    ...attributed(push),
    next(`watch or approve: ${pageOf(push, publicUrl)}`, push),
  ];
}

function asksForExceptions(push: Push): Message {
  return say('  once approved it counts no longer here; if it is a secret after all, withdraw the push', push);
}

function refused(push: Push): readonly Message[] {
  const reasons = push.verdict?.reasons.filter((reason) => reason.outcome === 'refuse') ?? [];
  const hints = [...new Set(reasons.flatMap(({ mend = [], hint }) => (hint === undefined ? mend : [...mend, hint])))];
  // Without a number where none could be recorded.
  const lines: Message[] = [say(`sallyport: refused${push.id === 0 ? '' : `, push ${push.id}`}`, push)];
  for (const reason of reasons) {
    lines.push(say(`  ${reason.rule}: ${cause(reason)}`, push, { reason }));
    lines.push(...findingLines(push, reason));
  }
  lines.push(...attributed(push));
  if (hints.length === 0) hints.push('mend what is named above and push again, or ask whoever keeps the policy');
  return [...lines, ...hints.map((hint) => next(hint, push))];
}

function findingLines(push: Push, reason: Reason): readonly Message[] {
  const findings = (reason.findings ?? []).flatMap((at) => push.findings[at] ?? []);
  const lines = findings.slice(0, SHOWN_FINDINGS).map((finding) => say(`    ${located(finding)}`, push, { finding }));
  const more = findings.length - SHOWN_FINDINGS;
  return more > 0 ? [...lines, say(`    and ${more} more`, push)] : lines;
}

function landed(push: Push): readonly Message[] {
  const missed = push.outcomes?.filter((outcome) => !outcome.ok) ?? [];
  const lines = [...flagged(push), ...attributed(push)];
  if (missed.length === 0) return lines;
  return [
    ...lines,
    say(`sallyport: the upstream declined ${missed.length} of ${push.updates.length} refs of push ${push.id}`, push),
    next('mend the refs marked above and push them again', push),
  ];
}

/** Who wrote it, in one line, where anything speaks for anybody. */
function attributed(push: Push): readonly Message[] {
  const line = push.attribution && summaryLine(push.attribution);
  return line === undefined ? [] : [say(`sallyport: ${line}`, push, { attribution: push.attribution })];
}

function flagged(push: Push): readonly Message[] {
  const reasons = push.verdict?.reasons.filter((reason) => reason.outcome === 'flag') ?? [];
  return reasons.map((reason) => say(`sallyport: noted: ${reason.rule}: ${cause(reason)}`, push, { reason }));
}

function cause(reason: Reason): string {
  if (reason.paths === undefined || reason.paths.length === 0) return reason.text;
  const shown = reason.paths.slice(0, SHOWN_PATHS).join(', ');
  const more = reason.paths.length - SHOWN_PATHS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function located(finding: Finding): string {
  const { commit, line, rule, masked, text, allowed } = finding;
  const spot = spotOf(finding);
  const place = spot === undefined || line === undefined ? spot : `${spot}:${line}`;
  const claim = allowed === undefined ? undefined : `(${allowed} does not count here)`;
  return [commit?.slice(0, 12), place, rule, masked ?? text, claim].filter((part) => part !== undefined).join(' ');
}

function spotOf({ path, where, line }: Finding): string | undefined {
  if (path !== undefined) return path === '' ? undefined : path;
  if (where !== 'commit' && where !== 'tag') return where && `(${where})`;
  return `(${where} ${line === undefined ? 'header' : 'message'})`;
}

function asking(requirement: Requirement): string {
  return `${requirement.count} of ${requirement.group}`;
}

function missing(requirements: readonly Requirement[]): string {
  const open = requirements.filter((one) => one.given < one.count);
  return open.map((one) => `${one.count - one.given} of ${one.group}`).join(', ') || 'nothing';
}

function pageOf(push: Push, publicUrl: string, id = push.id): string {
  return `${publicUrl.replace(/\/$/, '')}/pushes/${id}`;
}

function say(text: string, push: Push, more: object = {}): Message {
  return { text, data: { event: push.state, push: push.id, text: text.trim(), ...more } };
}

function next(hint: string, push: Push): Message {
  return { text: `  ${hint}`, data: { event: 'next', push: push.id, text: hint } };
}
