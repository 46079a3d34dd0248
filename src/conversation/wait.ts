// `-o sallyport.wait=10m`: the client stays connected until the hold has ended or its patience has.
import { isFinal, type Push } from '../domain/push/push.ts';
import type { PushAnswer } from './answer.ts';
import type { Gate } from './gate.ts';
import * as messages from './messages.ts';

/** The store is asked at least this often: another gateway may have changed the push. */
const POLL_MS = 1_000;
/** Of what the upstream says before the approval was shown; that is a moment. */
const MAX_EARLY_TEXT = 64 * 1024;

/** Resolves with the push as it ended, or as it is when the time is over or the client has left. */
export async function waitForEnd(
  gate: Gate,
  held: Push,
  waitMs: number,
  answer: PushAnswer,
  signal: AbortSignal,
): Promise<Push> {
  const deadline = gate.clock.now() + waitMs;
  answer.startKeepalive();
  // Whoever waits can pass the address on.
  answer.say(...messages.describe(held, gate.publicUrl), messages.progress(held));
  let shown = given(held);
  let push = held;
  // The upstream's words come after ours on why it was asked.
  let early: string | undefined = '';
  const deafen = gate.wake.listen(held.id, (text) => {
    if (early === undefined) answer.relay(text);
    else early = (early + text).slice(0, MAX_EARLY_TEXT);
  });
  try {
    while (!isFinal(push.state) && !signal.aborted && !gate.stopping.aborted) {
      const left = deadline - gate.clock.now();
      if (left <= 0) break;
      await gate.wake.wait(push.id, Math.min(left, POLL_MS), AbortSignal.any([signal, gate.stopping]));
      push = (await gate.pushes.find(push.id)) ?? push;
      if (given(push) !== shown) {
        shown = given(push);
        answer.say(messages.progress(push));
      }
      if (push.state !== 'held' && early !== undefined) {
        if (early !== '') answer.relay(early);
        early = undefined;
      }
    }
  } finally {
    deafen();
  }
  return push;
}

/** Approvals so far; a rejection is no progress, it ends the wait. */
function given(push: Push): number {
  return push.approvals.filter((approval) => approval.decision === 'approve').length;
}
