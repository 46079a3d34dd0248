// How the readers write down what they found: bounded for people, with the digest of all of it.
import { createHash } from 'node:crypto';
import { encodeBytes } from '../../../protocol/bytes.ts';
import type { AgentRule, Day } from '../agents/agent-rule.ts';
import { type Evidence, MAX_RAW, type Tier } from '../evidence.ts';
import type { CommitToRead } from './commit-to-read.ts';

export interface Reading extends Omit<Evidence, 'source' | 'isPartial' | 'isMalformed'> {
  readonly field: string;
  readonly rule: string;
  readonly ruleVersion: string;
  /** All of what was read. */
  readonly raw: string;
  readonly isPartial?: boolean;
  readonly isMalformed?: boolean;
}

export function newEvidence(reading: Reading): Evidence {
  const { field, rule, ruleVersion, raw, isPartial, isMalformed, ...item } = reading;
  const rawSha256 = createHash('sha256').update(encodeBytes(raw)).digest('hex');
  return {
    ...item,
    source: { field, rule, ruleVersion, raw: excerpt(raw), rawSha256 },
    ...(isPartial === true ? { isPartial } : {}),
    ...(isMalformed === true ? { isMalformed } : {}),
  };
}

/** What a commit declares with a rule that held on its day, or only hints at. */
export function tierOf(rule: AgentRule, commit: Pick<CommitToRead, 'committedAt' | 'receivedAt'>): Tier {
  if (rule.strength === 'W') return 'E1';
  const at = dateOf(commit);
  const isWeak = rule.weakFrom !== undefined && isWithin(at, rule.weakFrom, rule.weakTo);
  return !isWeak && isWithin(at, rule.validFrom, rule.validTo) ? 'E2' : 'E1';
}

/** The commit's own date is a hint that anyone can write; later than when we got it, it is no date at all. */
function dateOf({ committedAt, receivedAt }: Pick<CommitToRead, 'committedAt' | 'receivedAt'>): number {
  return committedAt === undefined ? receivedAt : Math.min(committedAt, receivedAt);
}

function isWithin(at: number, from: Day | undefined, to: Day | undefined): boolean {
  if (from !== undefined && at < Date.parse(from)) return false;
  return to === undefined || at < Date.parse(to) + DAY_MS;
}

const DAY_MS = 86_400_000;

function excerpt(raw: string): string {
  const cut = raw.slice(0, MAX_RAW);
  const last = cut.charCodeAt(cut.length - 1);
  return raw.length > MAX_RAW && last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}
