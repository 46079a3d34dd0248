// The prefilter's machine code: one WebAssembly function of SIMD instructions, assembled here from its listing. For each
// 16 bytes it asks two questions by nibble tables (a byte is in a class when the entries of its two halves share a bit):
//
//   marks: does one of the few things we look for begin here? Three bytes in a row have to be in the classes of one
//          kind, of which there are eight, so that eight bits ask for all of them; what is left is asked by tables, which tell more kinds apart.
//   runs:  which of the bytes are base64? Sixteen bits tell how far the run of the block before goes on, and how long the
//          one is that goes on into the next; reported at their ends when they are long enough.
//
// It also notes whether any byte is one that texts do not hold: only then may there be an archive or UTF-16 in them.
//
// Memory: tables, then the positions found, then the input. In JavaScript the same loop takes three times as long.

export const CHUNK = 65536;
/** Bytes after the chunk that are read: the next byte of the last one, and what fills the last group of 16. */
export const READ_AHEAD = 16;
export const MARK_BITS_AT = 0; // 256 of 16 bits
export const NEXT_BITS_AT = 512; // 256 of 16 bits
export const THIRD_BITS_AT = 1024; // 256 of 16 bits
export const RUN_COUNT_AT = 1536; // i32
export const IS_BINARY_AT = 1540; // i32, 0 or 1
/** Of a mark, what is not its kind. */
export const PLACE_BITS = 17;
export const MARKS_AT = 2048; // i32 each: the place, and above it the number of the bit that is its kind
export const RUNS_AT = MARKS_AT + 4 * (CHUNK + READ_AHEAD); // i32 start and i32 end each
/** Shorter runs are not told. */
export const LEAST_RUN = 24;
export const MAX_RUNS = Math.ceil(CHUNK / LEAST_RUN);
export const INPUT_AT = RUNS_AT + 8 * MAX_RUNS + 16;
const PAGES = Math.ceil((INPUT_AT + CHUNK + 2 * READ_AHEAD) / 65536);

/** No text holds a byte below it: it is that of a tab. */
export const LEAST_TEXT_BYTE = 9;

/** Sixteen entries for the low half of a byte, sixteen for the high. */
export interface NibbleTables {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const I32 = 0x7f;
const V128 = 0x7b;
const EMPTY = 0x40;

const END = [0x0b];
const LOOP = [0x03, EMPTY];
const BLOCK = [0x02, EMPTY];
const ADD = [0x6a];
const SUB = [0x6b];
const AND = [0x71];
const OR = [0x72];
const SHIFT_LEFT = [0x74];
const SHIFT_RIGHT = [0x76];
const LEADING_ZEROS = [0x67];
const TRAILING_ZEROS = [0x68];
const IS_ZERO = [0x45];
const NOT_EQUAL = [0x47];
const LESS = [0x49];
const XOR = [0x73];
const SELECT = [0x1b];
const V_AND = simd(0x4e);
const V_LEAST = simd(0x77);
const V_LESS = simd(0x26);
const V_IS_ANY = simd(0x53);
// Of halves of bytes, for which it is what i8x16.swizzle is, and one instruction.
const V_SWIZZLE = simd(0x100);
const V_NOT_EQUAL = simd(0x24);
const V_BITMASK = simd(0x64);
const V_SHIFT_RIGHT = simd(0x8d); // of 16 bits: what comes from the other byte is masked away

// Locals, the parameter (length) first.
const LENGTH = 0;
const AT = 1;
const MARK_OUT = 2;
const RUN_OUT = 3;
const MASK = 4;
const PLACE = 5;
const RUN = 6;
const OTHERS = 7;
const END_OF_RUN = 8;
const BITS = 9;
const I32_LOCALS = 9;
const BYTES = 10;
const LOW = 11;
const HIGH = 12;
const HALF = 13;
const ZERO = 14;
const LEAST = 15;
const KINDS = 16;
const BASE64: ClassLocals = { low: 17, high: 18 };
const FIRST: ClassLocals = { low: 19, high: 20 };
const NEXT: ClassLocals = { low: 21, high: 22 };
const THIRD: ClassLocals = { low: 23, high: 24 };
const V128_LOCALS = 15;

/** Where the two tables of a class are kept while the loop runs. */
interface ClassLocals {
  readonly low: number;
  readonly high: number;
}

/** What is asked of three bytes in a row: a bit for each kind of mark. */
export interface MarkTables {
  readonly first: NibbleTables;
  readonly next: NibbleTables;
  readonly third: NibbleTables;
}

/** The module: exports `memory` and `scan(length) -> number of marks`; the number of runs is at RUN_COUNT_AT. */
export function prefilterModule(marks: MarkTables, base64: NibbleTables): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(PAGES)]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('scan'), 0, 0]),
    ...section(10, [1, ...sized([2, I32_LOCALS, I32, V128_LOCALS, V128, ...body(marks, base64), ...END])]),
  ]);
}

function body(marks: MarkTables, base64: NibbleTables): number[] {
  return [
    ...[...constant(MARKS_AT), ...set(MARK_OUT), ...constant(RUNS_AT), ...set(RUN_OUT)],
    ...[...vector(Array(16).fill(0x0f)), ...set(HALF)],
    ...[...vector(Array(16).fill(0xff)), ...set(LEAST)],
    ...[...keep(marks.first, FIRST), ...keep(marks.next, NEXT), ...keep(marks.third, THIRD), ...keep(base64, BASE64)],
    ...BLOCK,
    ...LOOP,
    ...[...get(AT), ...get(LENGTH), ...LESS, ...IS_ZERO, ...branchIf(1)],
    ...[...halvesAt(1), ...kindsOf(NEXT), ...set(KINDS)],
    ...[...halvesAt(2), ...kindsOf(THIRD), ...get(KINDS), ...V_AND, ...set(KINDS)],
    ...halvesAt(0),
    ...[...get(BYTES), ...get(LEAST), ...V_LEAST, ...set(LEAST)],
    ...[...kindsOf(FIRST), ...get(KINDS), ...V_AND, ...maskOf(), ...set(MASK)],
    ...reportMarks(),
    ...[...kindsOf(BASE64), ...maskOf(), ...set(MASK)],
    ...reportRuns(),
    ...[...get(AT), ...constant(16), ...ADD, ...set(AT)],
    ...branch(0),
    ...END,
    ...END,
    ...[...get(AT), ...set(END_OF_RUN), ...putRun([...get(RUN), ...constant(LEAST_RUN), ...LESS, ...IS_ZERO])],
    ...[...constant(0), ...get(RUN_OUT), ...constant(RUNS_AT), ...SUB, ...constant(3), ...SHIFT_RIGHT],
    ...store(RUN_COUNT_AT),
    ...[...constant(0), ...get(LEAST), ...vector(Array(16).fill(LEAST_TEXT_BYTE)), ...V_LESS, ...V_IS_ANY],
    ...store(IS_BINARY_AT),
    ...[...get(MARK_OUT), ...constant(MARKS_AT), ...SUB, ...constant(2), ...SHIFT_RIGHT],
  ];
}

function keep({ low, high }: NibbleTables, local: ClassLocals): number[] {
  return [...vector(low), ...set(local.low), ...vector(high), ...set(local.high)];
}

/** Loads the 16 bytes `ahead` of the place and parts them into halves. */
function halvesAt(ahead: number): number[] {
  return [
    ...[...get(AT), ...vectorLoad(INPUT_AT + ahead), ...tee(BYTES), ...get(HALF), ...V_AND, ...set(LOW)],
    ...[...get(BYTES), ...constant(4), ...V_SHIFT_RIGHT, ...get(HALF), ...V_AND, ...set(HIGH)],
  ];
}

/** For each of the 16 bytes the kinds it may belong to. */
function kindsOf({ low, high }: ClassLocals): number[] {
  return [...get(low), ...get(LOW), ...V_SWIZZLE, ...get(high), ...get(HIGH), ...V_SWIZZLE, ...V_AND];
}

/** A bit for each of the 16 bytes that is not zero. */
function maskOf(): number[] {
  return [...get(ZERO), ...V_NOT_EQUAL, ...V_BITMASK];
}

/** while (mask) { place = at + ctz(mask); mask &= mask - 1; report place if its bits, the next's and the third's meet } */
function reportMarks(): number[] {
  return [
    ...BLOCK,
    ...LOOP,
    ...[...get(MASK), ...IS_ZERO, ...branchIf(1)],
    ...[...get(AT), ...get(MASK), ...TRAILING_ZEROS, ...ADD, ...set(PLACE)],
    ...[...get(MASK), ...get(MASK), ...constant(1), ...SUB, ...AND, ...set(MASK)],
    ...bitsOf(INPUT_AT, MARK_BITS_AT),
    ...[...bitsOf(INPUT_AT + 1, NEXT_BITS_AT), ...AND],
    ...[...bitsOf(INPUT_AT + 2, THIRD_BITS_AT), ...AND, ...set(BITS)],
    ...report(
      MARK_OUT,
      [...get(BITS), ...TRAILING_ZEROS, ...constant(PLACE_BITS), ...SHIFT_LEFT, ...get(PLACE), ...OR],
      [...get(BITS), ...constant(0), ...NOT_EQUAL],
    ),
    ...branch(0),
    ...END,
    ...END,
  ];
}

/**
 * others = the bytes of the block that are not base64; the run ends at the first of them:
 * end = at + ctz(others); report it if there is one and run + (end - at) is enough.
 * run = the bytes after the last of them; all 16 and what was before, if there is none.
 */
function reportRuns(): number[] {
  const length = [...get(RUN), ...get(END_OF_RUN), ...ADD, ...get(AT), ...SUB];
  return [
    ...[...get(MASK), ...constant(0xffff), ...XOR, ...set(OTHERS)],
    ...[...get(AT), ...get(OTHERS), ...constant(0x10000), ...OR, ...TRAILING_ZEROS, ...ADD, ...set(END_OF_RUN)],
    ...putRun([
      ...[...length, ...constant(LEAST_RUN), ...LESS, ...IS_ZERO],
      ...[...get(OTHERS), ...constant(0), ...NOT_EQUAL, ...AND],
    ]),
    ...[...constant(0), ...get(RUN), ...get(OTHERS), ...SELECT],
    ...[...get(OTHERS), ...LEADING_ZEROS, ...constant(16), ...SUB, ...ADD, ...set(RUN)],
  ];
}

/** The run of RUN bytes before AT that ends at END_OF_RUN. */
function putRun(condition: readonly number[]): number[] {
  return [
    ...[...get(RUN_OUT), ...get(AT), ...get(RUN), ...SUB, ...store(0)],
    ...[...get(RUN_OUT), ...get(END_OF_RUN), ...store(4)],
    ...[...get(RUN_OUT), ...condition, ...constant(3), ...SHIFT_LEFT, ...ADD, ...set(RUN_OUT)],
  ];
}

/** Writes the position in any case and keeps it when the condition (0 or 1) says so: no branch to guess. */
function report(list: number, position: readonly number[], condition: readonly number[]): number[] {
  return [
    ...[...get(list), ...position, ...store(0)],
    ...[...get(list), ...condition, ...constant(2), ...SHIFT_LEFT, ...ADD, ...set(list)],
  ];
}

function get(local: number): number[] {
  return [0x20, local];
}

function set(local: number): number[] {
  return [0x21, local];
}

function tee(local: number): number[] {
  return [0x22, local];
}

function branch(depth: number): number[] {
  return [0x0c, depth];
}

function branchIf(depth: number): number[] {
  return [0x0d, depth];
}

function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

/** What the table says of the byte that stands `input` behind the place. */
function bitsOf(input: number, table: number): number[] {
  return [...get(PLACE), ...load8(input), ...constant(1), ...SHIFT_LEFT, ...load16(table)];
}

function load8(offset: number): number[] {
  return [0x2d, 0, ...unsigned(offset)];
}

function load16(offset: number): number[] {
  return [0x2f, 1, ...unsigned(offset)];
}

function store(offset: number): number[] {
  return [0x36, 2, ...unsigned(offset)];
}

function vectorLoad(offset: number): number[] {
  return [...simd(0x00), 0, ...unsigned(offset)];
}

function vector(bytes: readonly number[]): number[] {
  return [...simd(0x0c), ...bytes];
}

function simd(opcode: number): number[] {
  return [0xfd, ...unsigned(opcode)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
