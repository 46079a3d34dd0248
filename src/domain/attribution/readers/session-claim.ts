// What the pusher says of the session that a push comes from (`-o sallyport.session=`): a declaration like a trailer, of
// which we may know more.
import { type Evidence, UNKNOWN_AI } from '../evidence.ts';
import type { RecordedSession } from '../sessions/session-record.ts';
import { newEvidence } from './new-evidence.ts';

/** `recorded`: the session of that name, when we have it from the same principal. It had part in the push, at least. */
export function readSessionClaim(
  session: string,
  recorded: Pick<RecordedSession, 'codingAgent' | 'model' | 'conversation'> | undefined,
  receivedAt: number,
): Evidence {
  const { codingAgent = UNKNOWN_AI, model, conversation = session } = recorded ?? {};
  return {
    ...newEvidence({
      kind: 'session-link',
      tier: 'E2',
      scope: 'push',
      target: {},
      claim: { by: 'ai', codingAgent, session: conversation, ...(model !== undefined && { model }) },
      field: 'push option',
      rule: 'session/push-option',
      ruleVersion: '1',
      raw: session,
      verifier: recorded === undefined ? 'unverifiable' : 'consistent',
      observedAt: receivedAt,
    }),
    isPartial: true,
  };
}
