// Requests under way, by whose they are: who is ended has none left a moment later.

export interface OpenRequest {
  /** Aborts when its principal has been ended. */
  readonly signal: AbortSignal;
  leave(): void;
}

export class OpenRequests {
  readonly #open = new Map<string, Set<AbortController>>();

  enter(name: string): OpenRequest {
    const controller = new AbortController();
    const own = this.#open.get(name) ?? new Set();
    this.#open.set(name, own.add(controller));
    return {
      signal: controller.signal,
      leave: () => {
        own.delete(controller);
        if (own.size === 0 && this.#open.get(name) === own) this.#open.delete(name);
      },
    };
  }

  /** Says how many it has ended. */
  endOf(name: string): number {
    const own = [...(this.#open.get(name) ?? [])];
    for (const controller of own) controller.abort(new Error('the principal has been disabled'));
    return own.length;
  }
}
