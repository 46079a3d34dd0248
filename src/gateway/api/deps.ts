// What the API works with; wired by gateway/main.ts, and by the command line when no gateway runs.
import type { Registry } from 'prom-client';
import type { LocalIdentity } from '../../adapters/identity/local.ts';
import type { Log } from '../../adapters/log/log.ts';
import type { Blame } from '../../conversation/blame.ts';
import type { Endings } from '../../conversation/end-principal.ts';
import type { Review } from '../../conversation/review.ts';
import type { Access } from '../../domain/access.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type {
  AgentStore,
  AttributionStore,
  Clock,
  Directory,
  ExceptionStore,
  GrantStore,
  IdentityStore,
  PushDiff,
  PushStore,
  Recordings,
  SessionStore,
  Trail,
} from '../../domain/ports.ts';
import type { Masker } from '../../domain/secrets/mask-text.ts';
import type { Oid } from '../../protocol/oid.ts';
import type { AgentHealth, Links } from '../agent-link/links.ts';
import type { AccountSettings } from './account-settings.ts';
import type { RecordingLimit } from './recording-limit.ts';
import type { SshAdministration } from './ssh-administration.ts';

export interface ApiDeps {
  readonly pushes: PushStore;
  readonly exceptions: ExceptionStore;
  readonly grants: GrantStore;
  readonly sessions: SessionStore;
  readonly attributions: Pick<AttributionStore, 'latest'>;
  /** Who wrote the lines of a file; absent where objects cannot be read. */
  readonly blame?: Blame;
  /** Hears of commits that a session's recorder tells of. */
  onCommitsRecorded?(commits: readonly Oid[]): void;
  /** Keys by policy, certificates and host keys. Default: keys of any kind, and no certificates. */
  readonly ssh?: SshAdministration;
  /** Hears that a credential or a user no longer counts: whatever they have open is to be looked at again. */
  onAccessRevoked?(): void;
  readonly trail: Trail;
  readonly directory: Directory;
  readonly agents: AgentStore;
  /** Where agents dial; absent when the configuration opens no such port. */
  readonly agentsPort?: AgentsPort;
  readonly identities: Pick<IdentityStore, 'add'>;
  readonly identity: Pick<LocalIdentity, 'token' | 'issueToken' | 'principalOf'>;
  readonly review: Review;
  /** Hears who was ended, and tells whoever serves them. Default: nobody is served here. */
  readonly endings?: Endings;
  /** What the configuration says about accounts. */
  readonly settings?: AccountSettings;
  readonly diff: PushDiff;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes secrets out of every answer. */
  readonly mask: Masker;
  readonly version: string;
  /** Where the inputs of decisions are kept. */
  readonly recordings: Pick<Recordings, 'loadInputs'>;
  /** The policy in force. */
  policy(): {
    readonly policy: Policy;
    readonly text: string;
    /** Hex SHA-256 of the text. */
    readonly digest: string;
  };
  /** What is not ready, by name; empty = ready. Default: asks the store. */
  notReady?(): Promise<readonly string[]>;
  /** Whether nothing large may be written any more. Default: there is room. */
  diskIsLow?(): boolean;
  /** How much of sessions may be recorded. Default: a limit of its own. */
  readonly recordingLimit?: RecordingLimit;
  /** Calls `listener` whenever the trail may have grown; answers how to stop. Only makes events quicker. */
  onTrailChange?(listener: () => void): () => void;
  /** The gateway's metrics; default: a registry of the API alone. */
  readonly metrics?: Registry;
}

export interface AgentsPort {
  /** What join tokens carry for agents to recognise the gateway by. */
  readonly pin: string;
  /** The links that are open; absent where no gateway runs. */
  readonly links?: Pick<Links, 'rename'> & { health(agentId: string): AgentHealth | undefined };
  /** An agent was revoked: its links end. */
  revoked?(agentId: string): void;
}
