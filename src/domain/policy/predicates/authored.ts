// How the keys that speak of commits and tags (`message`, `author`, `signed`) look at them.
import { visibleText } from '../../../protocol/bytes.ts';
import { RULES_MASKER } from '../../secrets/mask-text.ts';
import type { Authored } from '../facts.ts';
import type { Answer } from './change-flag.ts';
import { type Mode, type Scope, type Seen, SHOWN, someOf } from './predicate.ts';

/** Of a message; its first line is shown. */
const MAX_READ = 16_384;

/** Some or every new commit and tag for which `answer` says yes. */
export function authoredSeen({ authored }: Scope, mode: Mode, answer: (object: Authored) => Answer): Seen {
  const answers = authored.map(answer);
  if (mode === 'some') {
    const picked = authored.filter((_, index) => answers[index] !== 'no');
    return { holds: picked.length > 0, seen: listObjects(picked), authored: picked };
  }
  const others = authored.filter((_, index) => answers[index] !== 'yes');
  const holds = authored.length > 0 && others.length === 0;
  return { holds, seen: holds ? `all ${authored.length}` : `not ${listObjects(others)}` };
}

/** Short ids with the first words of the message. */
export function listObjects(objects: readonly Authored[]): string {
  if (objects.length === 0) return 'no new commit';
  // Of the others only their number is said.
  const shown = objects.map((one, at) => (at < SHOWN ? `${one.oid.slice(0, 10)} "${visibleText(subject(one))}"` : ''));
  return someOf(shown);
}

/** Masked before it is cut: half a secret would be known by no rule any more. */
function subject({ message }: Authored): string {
  const line = RULES_MASKER.text(message.slice(0, MAX_READ)).split('\n', 1)[0] ?? '';
  return line.length > 50 ? `${line.slice(0, 49)}…` : line;
}
