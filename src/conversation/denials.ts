// Who was denied what, for the trail. Asked for again and again it is one entry a minute: whoever is denied decides how
// often that happens, and must not be able to fill the trail.
import type { Action } from '../domain/access.ts';
import type { Principal } from '../domain/principal.ts';
import type { Gate } from './gate.ts';

const QUIET_MS = 60_000;
/** Different denials remembered; beyond it the oldest is forgotten, and may be written once more. */
const MAX_REMEMBERED = 1_000;
const MAX_REPO_LENGTH = 300;

export class Denials {
  readonly #gate: Pick<Gate, 'trail' | 'clock' | 'log'>;
  readonly #writtenAt = new Map<string, number>();

  constructor(gate: Pick<Gate, 'trail' | 'clock' | 'log'>) {
    this.#gate = gate;
  }

  /** Nobody waits for it: a denial that took longer than "not found" would tell that the repository is there. */
  record(principal: Principal, right: Action, path: string): void {
    const repo = path.slice(0, MAX_REPO_LENGTH);
    const now = this.#gate.clock.now();
    const key = JSON.stringify([principal.name, right, repo]);
    if (now - (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    this.#remember(key, now);
    const body = { right, credential: principal.credential };
    this.#gate.trail
      .append({ type: 'access.denied', actor: principal.name, repo, body })
      .catch((error: unknown) => this.#gate.log.error({ error }, 'a denial could not be recorded'));
  }

  #remember(key: string, now: number): void {
    this.#writtenAt.delete(key);
    this.#writtenAt.set(key, now);
    const oldest = this.#writtenAt.size > MAX_REMEMBERED ? this.#writtenAt.keys().next().value : undefined;
    if (oldest !== undefined) this.#writtenAt.delete(oldest);
  }
}
