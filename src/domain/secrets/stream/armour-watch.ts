// Private keys in armour, as a stream brings them: from `-----BEGIN ` on until it is clear that this is none, until its end
// has come, or until it is longer than any key.
import { ARMOUR_BEGIN, isBodyByte, MAX_LABEL } from '../cut-key.ts';
import { MAX_KEY } from '../keys/armour.ts';

const DASH = 0x2d;
const DASHES = 5;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const ENDING = 'END ';

/** `ending` counts what of `END ` has come after the five dashes, `closing` what of its label and dashes is missing. */
type State =
  | { readonly name: 'none' }
  | { readonly name: 'label'; readonly start: number; readonly text: string }
  | { readonly name: 'body'; readonly start: number; readonly label: number }
  | { readonly name: 'ending'; readonly start: number; readonly label: number; readonly seen: number }
  | { readonly name: 'closing'; readonly start: number; readonly missing: number };

const NONE: State = { name: 'none' };

export class ArmourWatch {
  #length = 0;
  #state: State = NONE;
  /** How much of `-----BEGIN ` the last bytes are. */
  #begun = 0;
  #dashes = 0;
  /** On this line a colon was seen: a header, which may hold anything. */
  #isHeader = false;

  step(byte: number): void {
    this.#dashes = byte === DASH ? this.#dashes + 1 : 0;
    this.#state = this.#next(this.#state, byte);
    this.#begin(byte);
    this.#length++;
  }

  /** Where the key begins that may not go yet; undefined if there is none. */
  get start(): number | undefined {
    return this.#state.name === 'none' ? undefined : this.#state.start;
  }

  /** Whether what began there is longer than any key. */
  get isOverlong(): boolean {
    return this.#state.name !== 'none' && this.#length - this.#state.start > MAX_KEY;
  }

  #begin(byte: number): void {
    if (byte === ARMOUR_BEGIN.charCodeAt(this.#begun)) this.#begun++;
    else this.#begun = byte !== DASH ? 0 : this.#begun === DASHES ? DASHES : 1;
    if (this.#begun < ARMOUR_BEGIN.length) return;
    this.#state = { name: 'label', start: this.#length + 1 - ARMOUR_BEGIN.length, text: '' };
    this.#begun = 0;
  }

  #next(state: State, byte: number): State {
    switch (state.name) {
      case 'none':
        return NONE;
      case 'label':
        return this.#label(state, byte);
      case 'body':
        return this.#body(state, byte);
      case 'ending':
        if (byte === DASH && state.seen === 0) return state;
        if (byte !== ENDING.charCodeAt(state.seen)) return NONE;
        if (state.seen + 1 < ENDING.length) return { ...state, seen: state.seen + 1 };
        return { name: 'closing', start: state.start, missing: state.label + DASHES };
      case 'closing':
        return state.missing > 1 ? { ...state, missing: state.missing - 1 } : NONE;
    }
  }

  #label(state: Extract<State, { name: 'label' }>, byte: number): State {
    const { start, text } = state;
    if (this.#dashes === DASHES) {
      const label = text.slice(0, 1 - DASHES);
      this.#isHeader = false;
      return label.includes('PRIVATE KEY') ? { name: 'body', start, label: label.length } : NONE;
    }
    const isLabel = byte === DASH || byte === 0x20 || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a);
    return isLabel && text.length < MAX_LABEL ? { ...state, text: text + String.fromCharCode(byte) } : NONE;
  }

  #body(state: Extract<State, { name: 'body' }>, byte: number): State {
    if (byte === COLON) this.#isHeader = true;
    if (byte === NEWLINE || byte === BACKSLASH) this.#isHeader = false;
    if (this.#dashes === DASHES) return { name: 'ending', start: state.start, label: state.label, seen: 0 };
    return this.#isHeader || isBodyByte(byte) ? state : NONE;
  }
}
