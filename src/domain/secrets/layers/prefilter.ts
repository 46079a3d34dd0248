// Where a text may hold something encoded, at the speed of memory: everything that decodes starts from these positions.
import { BASE64 } from './bytes.ts';
import type { Range } from './layer.ts';
import {
  CHUNK,
  INPUT_AT,
  IS_BINARY_AT,
  MARK_BITS_AT,
  MARKS_AT,
  MAX_RUNS,
  type MarkTables,
  NEXT_BITS_AT,
  type NibbleTables,
  PLACE_BITS,
  prefilterModule,
  READ_AHEAD,
  RUN_COUNT_AT,
  RUNS_AT,
  THIRD_BITS_AT,
} from './prefilter-module.ts';

/** What begins at a mark. No three bytes begin two of them. */
export const NUMBER_MARK = 0; // a backslash before a number
export const PERCENT_MARK = 1;
export const ENTITY_MARK = 2;
export const EQUALS_MARK = 3; // before a hex digit
export const LINE_END_MARK = 4; // `=` or a backslash before the end of a line
export const QUOTE_MARK = 5;
export const DOUBLED_QUOTE_MARK = 6; // two quotes amid a word
export const STRUCTURED_MARK = 7; // a word that says what the base64 after it is
export const CONTROL_MARK = 8; // a backslash before the letter of a line end or a tab, and a word
export const CHARACTER_MARK = 9; // a backslash before a character that stands for itself
const MARKS = 16;

const ALL = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
const HEX = '0123456789abcdefABCDEF';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const WORD = `${LETTERS}${LETTERS.toUpperCase()}0123456789_`;
const AFTER_QUOTE = ' \t\r\n+.&|~<>\\';
export const MARK_BITS: Readonly<Uint16Array> = tableOfBits([
  ['\\', NUMBER_MARK],
  ['\\', CONTROL_MARK],
  ['\\', CHARACTER_MARK],
  ['%', PERCENT_MARK],
  ['&', ENTITY_MARK],
  ['=', EQUALS_MARK],
  ['=\\', LINE_END_MARK],
  ['"\'', QUOTE_MARK],
  ['"\'', DOUBLED_QUOTE_MARK],
  ['S"_', STRUCTURED_MARK],
]);
// What the next two bytes have to be, which settles nearly all of them.
export const NEXT_BITS: Readonly<Uint16Array> = tableOfBits([
  ['uUx01', NUMBER_MARK],
  ['nrt', CONTROL_MARK],
  ['"/\\', CHARACTER_MARK],
  [`${HEX}u`, PERCENT_MARK],
  [`#${LETTERS}`, ENTITY_MARK],
  [HEX, EQUALS_MARK],
  ['\r\n', LINE_END_MARK],
  [AFTER_QUOTE, QUOTE_MARK],
  ['"\'', DOUBLED_QUOTE_MARK],
  ['ea', STRUCTURED_MARK],
]);
export const THIRD_BITS: Readonly<Uint16Array> = tableOfBits([
  [`${HEX}{`, NUMBER_MARK],
  [`${WORD}+/-`, CONTROL_MARK],
  [ALL, CHARACTER_MARK],
  [ALL, LINE_END_MARK],
  [HEX, PERCENT_MARK],
  [HEX, EQUALS_MARK],
  [`0123456789xX${LETTERS}`, ENTITY_MARK],
  [`${AFTER_QUOTE}"'\``, QUOTE_MARK],
  [WORD, DOUBLED_QUOTE_MARK],
  ['cu', STRUCTURED_MARK],
]);
// The same as the machine code asks first, all at once: each row is a bit, and of a row only the halves of bytes are told
// apart, so rows are cut where that makes them narrow (`",` and `";` are not among them).
const AFTER_OPERATOR = `${AFTER_QUOTE}"'\``;
const KINDS: readonly (readonly [first: string, next: string, third: string])[] = [
  ['\\', 'uUx01nrt"/\\\r\n', ALL],
  ['%&', `${HEX}u#${LETTERS}`, `${HEX}xX${LETTERS}`],
  ['=', HEX, HEX],
  ['="\'', '\t\r\n', ALL],
  ['"\'', ' +.&', AFTER_OPERATOR],
  ['"\'', '|~<>\\', AFTER_OPERATOR],
  ['"\'', '"\'', WORD],
  ['S"_', 'ea', 'cu'],
];

/** Told in ascending order; what lies where chunks overlap may be told again. */
export interface PrefilterSink {
  /** For each kind of mark the position before which it is not wanted; may grow in `mark`. See newIgnored. */
  readonly ignored: Readonly<Int32Array>;
  mark(at: number, kind: number): void;
  /** At least LEAST_RUN bytes of base64: a whole run, or what of it is in this chunk. */
  run(start: number, end: number): void;
}

// What a chunk's end cuts so short that it is not told is whole in the next one.
const OVERLAP = 32;

/**
 * Reports the marks and the runs of base64 in [start, end). Answers whether any byte there is below that of a tab: archives
 * and UTF-16 begin with such bytes, and texts hold none.
 */
export function prefilter(bytes: Buffer, { start, end }: Range, sink: PrefilterSink): boolean {
  const engine = prefilterEngine();
  const { marks, runs } = engine;
  const { ignored } = sink;
  let isBinary = false;
  for (let from = start; from < end; from += CHUNK - OVERLAP) {
    const length = Math.min(CHUNK, end - from);
    engine.input.set(bytes.subarray(from, from + length));
    engine.input.fill(NO_BYTE, length, length + READ_AHEAD);
    const markCount = engine.scan(length);
    const runCount = engine.runCount[0] as number;
    for (let index = 0; index < markCount; index++) {
      const mark = marks[index] as number;
      const at = from + (mark & PLACE);
      const kind = mark >> PLACE_BITS;
      if (at >= (ignored[kind] as number)) sink.mark(at, kind);
    }
    for (let index = 0; index < 2 * runCount; index += 2) {
      sink.run(from + (runs[index] as number), from + (runs[index + 1] as number));
    }
    isBinary ||= engine.isBinary[0] === 1;
    if (length < CHUNK) break;
  }
  return isBinary;
}

/** Nothing is ignored. */
export function newIgnored(): Int32Array {
  return new Int32Array(MARKS);
}

const PLACE = (1 << PLACE_BITS) - 1;
/** What stands behind the end: in no class. */
const NO_BYTE = 0xff;

interface Engine {
  readonly scan: (length: number) => number;
  readonly input: Uint8Array;
  readonly marks: Int32Array;
  readonly runs: Int32Array;
  readonly runCount: Int32Array;
  readonly isBinary: Int32Array;
}

let engine: Engine | undefined;

/** One for the thread: it holds nothing between two calls. */
function prefilterEngine(): Engine {
  engine ??= newEngine();
  return engine;
}

/** What we use of the engine's own WebAssembly object; the types of this project know no browser. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: ModuleExports };
}

interface ModuleExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(length: number): number;
}

function newEngine(): Engine {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const { memory, scan } = new Instance(new Module(prefilterModule(markTables(), nibbles(BASE64)))).exports;
  new Uint16Array(memory.buffer, MARK_BITS_AT, 256).set(MARK_BITS);
  new Uint16Array(memory.buffer, NEXT_BITS_AT, 256).set(NEXT_BITS);
  new Uint16Array(memory.buffer, THIRD_BITS_AT, 256).set(THIRD_BITS);
  return {
    scan,
    input: new Uint8Array(memory.buffer, INPUT_AT, CHUNK + READ_AHEAD),
    marks: new Int32Array(memory.buffer, MARKS_AT, CHUNK + READ_AHEAD),
    runs: new Int32Array(memory.buffer, RUNS_AT, 2 * MAX_RUNS),
    runCount: new Int32Array(memory.buffer, RUN_COUNT_AT, 1),
    isBinary: new Int32Array(memory.buffer, IS_BINARY_AT, 1),
  };
}

/**
 * A class of bytes as two tables of 16: high halves with the same set of low halves share a bit, so eight different sets
 * are the most it can say.
 */
export function nibbles(table: Readonly<Uint8Array>): NibbleTables {
  const sets = new Map<string, number[]>();
  for (let high = 0; high < 16; high++) {
    const key = [...table.subarray(high * 16, high * 16 + 16)].map((entry) => (entry === 0 ? '0' : '1')).join('');
    if (key.includes('1')) sets.set(key, [...(sets.get(key) ?? []), high]);
  }
  if (sets.size > 8) throw new TypeError('this class of bytes does not fit into eight bits');
  const low = Array<number>(16).fill(0);
  const high = Array<number>(16).fill(0);
  [...sets].forEach(([key, highs], index) => {
    for (const half of highs) high[half] = 1 << index;
    for (let half = 0; half < 16; half++) if (key[half] === '1') low[half] = (low[half] as number) | (1 << index);
  });
  return { low, high };
}

/** The rows as nibble tables, each row a bit: a byte may be in a row when both of its halves are those of a member. */
function markTables(): MarkTables {
  return {
    first: halvesOf(KINDS.map(([first]) => first)),
    next: halvesOf(KINDS.map(([, next]) => next)),
    third: halvesOf(KINDS.map(([, , third]) => third)),
  };
}

function halvesOf(rows: readonly string[]): NibbleTables {
  const low = Array<number>(16).fill(0);
  const high = Array<number>(16).fill(0);
  rows.forEach((chars, row) => {
    for (const byte of Buffer.from(chars, 'latin1')) {
      low[byte & 15] = (low[byte & 15] as number) | (1 << row);
      high[byte >> 4] = (high[byte >> 4] as number) | (1 << row);
    }
  });
  return { low, high };
}

function tableOfBits(rows: readonly (readonly [chars: string, kind: number])[]): Uint16Array {
  const table = new Uint16Array(256);
  for (const [chars, kind] of rows) {
    for (const byte of Buffer.from(chars, 'latin1')) table[byte] = (table[byte] as number) | (1 << kind);
  }
  return table;
}
