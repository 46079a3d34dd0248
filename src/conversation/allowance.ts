// What one principal may use of this gateway, and how much of the disk must stay free (THREATS.md 82, 83). What is
// counted here is counted for this process alone: it bounds what a connection can make us hold, and promises nothing.
import type { PushStore } from '../domain/ports.ts';
import { formatSize } from '../domain/units.ts';

export interface AllowanceLimits {
  /** Pushes of one principal between their commands and their verdict or relay. */
  readonly maxConcurrentPushes: number;
  /** Bytes of requests that the held pushes of one principal keep. */
  readonly maxHeldBytes: number;
  /** Bytes that must be free before anything is taken. */
  readonly minFreeDisk: number;
}

export interface NoAllowance {
  readonly outcome: 'refused';
  readonly rule: string;
  readonly text: string;
  readonly hint: string;
}

/** What was given, to be given back. */
export interface Given {
  readonly outcome: 'given';
  giveBack(): void;
}

export interface Allowance {
  /** Room for one more push of this principal, before a byte of its pack is read. */
  receive(principal: string): Given | NoAllowance;
  /**
   * Room for a hold of so many bytes, beside what this principal's holds keep, less `freed`: what it replaces. Given
   * back once the store has the hold, which counts from then on.
   */
  hold(principal: string, bytes: number, freed: number): Promise<Given | NoAllowance>;
  /** Why nothing more can be written, if so. */
  diskIsLow(): NoAllowance | undefined;
}

export interface AllowanceParts {
  readonly limits: AllowanceLimits;
  readonly pushes: Pick<PushStore, 'heldBytes'>;
  /** Bytes free where the data directory is. */
  freeDisk(): number;
}

export function createAllowance({ limits, pushes, freeDisk }: AllowanceParts): Allowance {
  const receiving = new Tally();
  /** Asked for, and perhaps not in the store yet: two pushes at once must not both fit into the last free byte. */
  const holding = new Tally();

  function diskIsLow(): NoAllowance | undefined {
    return freeDisk() < limits.minFreeDisk ? NO_DISK : undefined;
  }

  return {
    diskIsLow,
    receive(principal) {
      const low = diskIsLow();
      if (low !== undefined) return low;
      if (receiving.of(principal) >= limits.maxConcurrentPushes) return tooMany(limits.maxConcurrentPushes);
      return receiving.add(principal, 1);
    },
    async hold(principal, bytes, freed) {
      const given = holding.add(principal, bytes - freed);
      const held = await pushes.heldBytes(principal).catch((error: unknown) => {
        given.giveBack();
        throw error;
      });
      if (held + holding.of(principal) <= limits.maxHeldBytes) return given;
      given.giveBack();
      return tooMuch(held, limits.maxHeldBytes, principal);
    },
  };
}

/** A number for each principal that has one. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string, amount: number): Given {
    this.#set(name, this.of(name) + amount);
    let isBack = false;
    return {
      outcome: 'given',
      giveBack: () => {
        if (!isBack) this.#set(name, this.of(name) - amount);
        isBack = true;
      },
    };
  }

  #set(name: string, count: number): void {
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }
}

const NO_DISK: NoAllowance = {
  outcome: 'refused',
  rule: 'no room',
  text: 'the disk of the gateway is nearly full',
  hint: 'push again later, or tell an administrator',
};

function tooMany(most: number): NoAllowance {
  return {
    outcome: 'refused',
    rule: 'too many pushes at once',
    text: `${most} pushes of yours are under way, and no more are taken at once`,
    hint: 'push again when one of them has ended',
  };
}

function tooMuch(held: number, most: number, principal: string): NoAllowance {
  return {
    outcome: 'refused',
    rule: 'too much is held',
    text: `your held pushes keep ${formatSize(held)}, at most ${formatSize(most)} are kept for one person`,
    hint: `withdraw one (sallyport push ls --state held --principal ${principal}), or wait for its approval`,
  };
}
