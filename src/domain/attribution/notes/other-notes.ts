// Notes of other tools that say something about how code came to be. We do not read them, or could not: that one was
// there, with its digest, is kept for whoever can. It must not make a line or a commit a machine's, whatever it is called,
// so it claims only that some program left it (`automation`: neither human nor AI), as a hint about the commit.
import { createHash } from 'node:crypto';
import type { Oid } from '../../../protocol/oid.ts';
import type { Evidence } from '../evidence.ts';

const NOTES = 'refs/notes/';
/** `ai` only as a word: `refs/notes/main` and `refs/notes/email` are nobody's provenance. */
const TELLING = /(?:^|[^a-z])ai(?:[^a-z]|$)|agent|trace|whogitit|attest/;

/** Whether notes of this ref are about who or what wrote commits. */
export function isTellingRef(ref: string): boolean {
  return ref.startsWith(NOTES) && TELLING.test(ref.slice(NOTES.length).toLowerCase());
}

/** That there is a note; `rule` when it should have been readable and was not. */
export function otherNote(ref: string, commit: Oid, bytes: Uint8Array, isMalformed: boolean): Evidence {
  return {
    kind: 'other-note',
    tier: 'E1',
    scope: 'commit',
    target: { commit },
    claim: { by: 'automation' },
    source: {
      field: ref,
      rule: 'other-note/present',
      ruleVersion: '1',
      // Nothing of it is shown: what we cannot read may hold whole conversations.
      raw: `${bytes.length} bytes`,
      rawSha256: digestOf(bytes),
    },
    verifier: 'unverifiable',
    ...(isMalformed ? { isMalformed } : {}),
  };
}

/** Hex SHA-256. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
