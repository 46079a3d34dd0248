// What the login works with; wired by gateway/main.ts.
import type { Federation } from '../../adapters/identity/federation.ts';
import type { LocalIdentity } from '../../adapters/identity/local.ts';
import type { Log } from '../../adapters/log/log.ts';
import type { LoginProvider } from '../../domain/identity/login-provider.ts';
import type { LoginStore } from '../../domain/identity/login-store.ts';
import type { Clock, Directory, Trail } from '../../domain/ports.ts';
import type { AttemptLimit } from '../api/attempt-limit.ts';

export interface LoginDeps {
  /** Without a slash at the end. Known once the door is open. */
  publicUrl(): string;
  readonly providers: readonly LoginProvider[];
  readonly federation: Pick<Federation, 'admit'>;
  readonly identity: Pick<LocalIdentity, 'token' | 'principalOf'>;
  readonly directory: Pick<Directory, 'listTokens'>;
  readonly logins: LoginStore;
  readonly trail: Pick<Trail, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a token of ours logs in as well. */
  readonly local: boolean;
  /** 32 bytes: keys what proves that a form is ours. */
  readonly formKey: Uint8Array;
  readonly attempts: AttemptLimit;
  /** Milliseconds that a browser stays logged in at most. */
  readonly loginLastsMs: number;
}
