// How the keys that speak of commits and tags (`message`, `author`, `signed`) look at them.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Authored } from '../facts.ts';
import type { Answer } from './change-flag.ts';
import { type Mode, type Scope, type Seen, someOf } from './predicate.ts';

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
  return someOf(objects.map(({ oid, message }) => `${oid.slice(0, 10)} "${visibleText(subject(message))}"`));
}

function subject(message: string): string {
  const line = message.slice(0, 200).split('\n', 1)[0] ?? '';
  return line.length > 50 ? `${line.slice(0, 49)}…` : line;
}
