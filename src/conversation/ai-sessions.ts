// What people do with recorded sessions of coding agents: record their own, read their own, and read others' if they audit
// the repository or sponsor the agent. The only place with these rules; who administers reads no prompt by that.
import { type Access, may } from '../domain/access.ts';
import { type SessionEvent, type SessionFacts, sessionKey } from '../domain/attribution/sessions/session-event.ts';
import type { RecordedEvent, RecordedSession } from '../domain/attribution/sessions/session-record.ts';
import { checkSessionSignature } from '../domain/attribution/sessions/session-signature.ts';
import type { Directory, SessionStore, Trail } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';

export interface RecordRequest {
  readonly key: string;
  readonly facts: SessionFacts;
  readonly events: readonly SessionEvent[];
  /** The very bytes that it came as, and the signature over them. */
  readonly body: Uint8Array;
  readonly signature?: string;
}

/** `unknown-key`: it verifies, and counts for nothing, since the key is not (or no longer) one of the principal's. */
export type Vouched = 'signed' | 'unsigned' | 'unknown-key';

export type RecordResult =
  | { readonly outcome: 'recorded'; readonly accepted: number; readonly known: number; readonly signature: Vouched }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface SessionPage {
  readonly session: RecordedSession;
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins; absent when this is the last. */
  readonly next?: number;
}

export interface AiSessions {
  record(principal: Principal, request: RecordRequest): Promise<RecordResult>;
  /** The session as this principal may know of it; `undefined` when they may not. */
  visible(principal: Principal, session: RecordedSession): Promise<RecordedSession | undefined>;
  /** Prompts and code, after the position `after`. A read by anybody but the owner is on the record before it is answered. */
  read(
    principal: Principal,
    of: { readonly principal: string; readonly key: string },
    page: { readonly after: number; readonly limit: number },
  ): Promise<SessionPage | undefined>;
}

export interface AiSessionParts {
  readonly sessions: SessionStore;
  readonly directory: Pick<Directory, 'findKeyByFingerprint' | 'findUser'>;
  readonly trail: Pick<Trail, 'append'>;
  readonly access: Access;
  /** Whether they may audit what is of no repository. */
  readonly auditsEverything: (principal: Principal) => boolean;
}

type Reader = 'owner' | 'sponsor' | 'auditor';

export function createAiSessions({ sessions, directory, trail, access, auditsEverything }: AiSessionParts): AiSessions {
  async function readerOf(principal: Principal, owner: string): Promise<Reader> {
    if (principal.credential.kind === 'anonymous') return 'auditor';
    if (principal.name === owner) return 'owner';
    const user = await directory.findUser(owner);
    return user?.kind === 'coding-agent' && user.sponsor === principal.name ? 'sponsor' : 'auditor';
  }

  function audits(principal: Principal, repo: string | undefined): boolean {
    return repo === undefined ? auditsEverything(principal) : may(principal, 'audit', repo, access);
  }

  function asSeenBy(principal: Principal, reader: Reader, session: RecordedSession): RecordedSession | undefined {
    if (reader !== 'auditor') return session;
    const repos = session.repos.filter((repo) => audits(principal, repo));
    return repos.length > 0 || auditsEverything(principal) ? { ...session, repos } : undefined;
  }

  async function signatureOf(principal: Principal, { signature, body }: RecordRequest) {
    if (signature === undefined) return { vouched: 'unsigned' } as const;
    const checked = checkSessionSignature(signature, body);
    if (checked.outcome === 'refused') return { refused: checked.text } as const;
    const key = await directory.findKeyByFingerprint(checked.fingerprint);
    const counts = key !== undefined && key.revokedAt === undefined && key.user === principal.name;
    return counts
      ? ({ vouched: 'signed', signedBy: checked.fingerprint } as const)
      : ({ vouched: 'unknown-key' } as const);
  }

  return {
    async record(principal, request) {
      const { key, facts, events } = request;
      if (key !== sessionKey(facts))
        return { outcome: 'refused', reason: 'the key is not the one of this conversation' };
      const signature = await signatureOf(principal, request);
      if ('refused' in signature) return { outcome: 'refused', reason: signature.refused };
      const signedBy = 'signedBy' in signature ? { signedBy: signature.signedBy } : {};
      const counts = await sessions.record(
        { principal: principal.name, key, facts, events, ...signedBy },
        {
          type: 'ai.session-recorded',
          actor: principal.name,
          ...(facts.repo !== undefined && { repo: facts.repo }),
          body: {
            session: key,
            codingAgent: facts.codingAgent,
            ...(facts.model !== undefined && { model: facts.model }),
            promptDigests: promptDigests(events),
            signature: signature.vouched,
            ...signedBy,
            credential: principal.credential,
          },
        },
      );
      return { outcome: 'recorded', ...counts, signature: signature.vouched };
    },

    async visible(principal, session) {
      return asSeenBy(principal, await readerOf(principal, session.principal), session);
    },

    async read(principal, of, { after, limit }) {
      const found = await sessions.find(of.principal, of.key);
      // Looked up whether it is there or not: neither answer nor work tells which.
      const reader = await readerOf(principal, of.principal);
      if (found === undefined) return undefined;
      const session = asSeenBy(principal, reader, found);
      if (session === undefined) return undefined;
      const page = await sessions.events(session, { after, limit });
      const events = page.filter(({ repo }) => reader !== 'auditor' || audits(principal, repo));
      const last = page.at(-1)?.position;
      // Only after the last page an empty one tells that there is no more: texts may have cut any page short.
      const next = last === undefined ? {} : { next: last };
      if (reader !== 'owner' && events.length > 0) {
        const [repo, ...others] = [...new Set(events.map((event) => event.repo))];
        await trail.append({
          type: 'ai.session-read',
          actor: principal.name,
          ...(repo !== undefined && others.length === 0 && { repo }),
          body: {
            session: session.key,
            of: session.principal,
            as: reader,
            events: events.length,
            promptDigests: promptDigests(events.map(({ event }) => event)),
            credential: principal.credential,
          },
        });
      }
      return { session, events, ...next };
    },
  };
}

/** Named in one entry of the trail. */
const MAX_DIGESTS = 100;

function promptDigests(events: readonly SessionEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === 'prompt' ? [event.digest] : [])).slice(0, MAX_DIGESTS);
}
