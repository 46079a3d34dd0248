// The step of a push that says who wrote it: begun before the verdict, ended before the answer.
import type { AttributedPush, PushToAttribute } from '../domain/attribution/push/attribute-push.ts';
import { summaryOf } from '../domain/attribution/summary.ts';
import type { Finding } from '../domain/push/finding.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import type { Push } from '../domain/push/push.ts';
import { attribute, rememberAttribution, reviseAttribution } from './attribute-push.ts';
import type { Gate } from './gate.ts';
import type { PushObjects } from './push-objects.ts';

/** Nobody waits longer than this for what no rule asks for. */
const AFTERTHOUGHT_MS = 3_000;

export class AttributionStep {
  readonly #gate: Gate;
  readonly #question: PushToAttribute;
  readonly #address: Push['address'];
  readonly #objects: PushObjects;
  readonly #signal: AbortSignal;
  /** Ends what nobody waits for any longer: the objects are about to move. */
  readonly #leave = new AbortController();
  #known: AttributedPush | undefined;
  #later: Promise<AttributedPush | undefined> = Promise.resolve(undefined);

  constructor(
    gate: Gate,
    question: PushToAttribute,
    address: Push['address'],
    objects: PushObjects,
    signal: AbortSignal,
  ) {
    this.#gate = gate;
    this.#question = question;
    this.#address = address;
    this.#objects = objects;
    this.#signal = AbortSignal.any([signal, this.#leave.signal]);
  }

  /** `isNeeded`: a rule asks; then failing to say is a failure of the push, and otherwise not. */
  async begin(isNeeded: boolean): Promise<void> {
    try {
      const known = await this.#ask(isNeeded);
      if (known.missing === 0 || isNeeded) this.#known = known;
      else this.#later = this.#askLater();
    } catch (error) {
      if (isNeeded) throw error;
      this.#warn(error);
    }
  }

  /** What the verdict may depend on. */
  facts(): Pick<Inputs, 'attribution'> {
    return this.#known === undefined ? {} : { attribution: this.#known.attribution };
  }

  findings(): readonly Finding[] {
    return this.#known?.findings ?? [];
  }

  summary(): Pick<Push, 'attribution'> {
    return this.#known === undefined ? {} : { attribution: summaryOf(this.#known.attribution) };
  }

  /** Once it is decided; beside the relay. */
  async remember(push: Push): Promise<void> {
    if (this.#known !== undefined) await rememberAttribution(this.#gate, push, this.#known);
  }

  /** What came after the verdict. Answers the push as it is shown then. What is not known by now is looked for again. */
  async end(push: Push): Promise<Push> {
    if (push.state === 'refused') return push;
    const later = await Promise.race([this.#later, after(AFTERTHOUGHT_MS)]);
    this.#leave.abort();
    const shown = later === undefined ? undefined : await this.#revise(push, later);
    // One that has landed is looked at again for that alone.
    if (shown === undefined && this.#known === undefined && push.state === 'held') this.#gate.onUnattributed?.(push);
    return shown ?? push;
  }

  async #revise(push: Push, later: AttributedPush): Promise<Push | undefined> {
    try {
      await rememberAttribution(this.#gate, push, later);
      return await reviseAttribution(this.#gate, push, 'objects', later);
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  async #askLater(): Promise<AttributedPush | undefined> {
    try {
      return await this.#ask(true);
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  #ask(mayAsk: boolean): Promise<AttributedPush> {
    return attribute(this.#gate, this.#question, this.#address, this.#objects, { mayAsk, signal: this.#signal });
  }

  #warn(error: unknown): void {
    this.#gate.log.warn({ repo: this.#address.repo, error }, 'who wrote a push could not be said');
  }
}

async function after(ms: number): Promise<undefined> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
  return undefined;
}
