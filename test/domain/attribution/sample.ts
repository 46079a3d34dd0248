// Values of the engine for tests: files, and evidence with everything that does not matter filled in.
import { createHash } from 'node:crypto';
import type { AddedFile } from '../../../src/domain/attribution/added-file.ts';
import type { Evidence, EvidenceKind, Tier } from '../../../src/domain/attribution/evidence.ts';
import { addedLines } from '../../../src/domain/attribution/lines/added-lines.ts';
import { isGeneratedFile } from '../../../src/domain/attribution/lines/generated-file.ts';

export function oid(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

/** What a commit adds to a file; texts are lists of lines. */
export function addedFile(
  commit: string,
  path: string,
  after: readonly string[],
  before?: readonly string[],
): AddedFile {
  const bytes = Buffer.from(after.map((line) => `${line}\n`).join(''));
  const old = before === undefined ? undefined : Buffer.from(before.map((line) => `${line}\n`).join(''));
  const { ranges, ...rest } = addedLines({ before: old, after: bytes });
  const blob = oid(`${path} ${bytes}`);
  return { commit, path, blob, added: ranges, isGenerated: isGeneratedFile(path, bytes), ...rest };
}

type Given = Omit<Partial<Evidence>, 'claim'> & { readonly kind: EvidenceKind; readonly tier: Tier };

/** Evidence that `agent` (or a human, `human:…`) wrote what `target` names. */
export function evidence(agent: string, given: Given, claim: Partial<Evidence['claim']> = {}): Evidence {
  const by = agent.startsWith('human:')
    ? { by: 'human' as const, human: agent.slice(6) }
    : { by: 'ai' as const, codingAgent: agent };
  const raw = `${given.kind} ${agent}`;
  const rawSha256 = createHash('sha256').update(raw).digest('hex');
  return {
    scope: given.target?.ranges === undefined ? 'commit' : 'line',
    target: {},
    source: { field: 'sample', rule: `sample-${given.kind}`, ruleVersion: '1', raw, rawSha256 },
    verifier: 'unverifiable',
    ...given,
    claim: { ...by, ...claim },
  };
}
