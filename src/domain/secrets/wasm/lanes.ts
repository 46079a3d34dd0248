// The scan loop as WebAssembly: four places of one text are walked at once, because each step of an automaton waits for
// the load of the step before, and four independent chains hide that wait.
import { CLASSES } from '../automaton.ts';
import { emitModule, OP, signed, unsigned, VOID } from './emit.ts';

export const LANES = 4;
/** Bytes of text a call takes at most. */
export const CHUNK = 262_144;
/** Steps the loop takes at once; lanes are as long as a multiple of it. */
export const UNROLLED = 4;

/** Where things are in the memory of the module, in bytes. */
export interface Layout {
  /** 256 bytes: twice the class of each byte. */
  readonly classes: number;
  /** One u32 a lane: the end of its hits. */
  readonly counts: number;
  /**
   * The row of state 0, two bytes an entry; quiet states come after it, and those that report before it, as -1, -2, …: the
   * sign of any lane tells whether one reports.
   */
  readonly next: number;
  readonly text: number;
  /** Each lane's hits, two u32 each: state, address just after the byte. */
  readonly hits: readonly number[];
  readonly pages: number;
}

const PAGE = 65_536;
const COUNTS_AT = 256;
const TABLE_AT = 512;
const ROW_BYTES = CLASSES * 2;
const ROW_SHIFT = Math.log2(ROW_BYTES);
const HIT_BYTES = 8;
const HIT_SHIFT = 3;
const LANE_HITS = (CHUNK / LANES + 64) * HIT_BYTES;

/** Room for a table of so many rows, a chunk with `overlap` bytes before it, and a hit at every byte. */
export function layoutFor(quiet: number, reporting: number, overlap: number): Layout {
  const next = TABLE_AT + reporting * ROW_BYTES;
  const text = next + quiet * ROW_BYTES;
  const hitsAt = roundUp(text + overlap + CHUNK + PAGE / 64, 64);
  const laneHits = LANE_HITS + overlap * HIT_BYTES;
  const hits = Array.from({ length: LANES }, (_, lane) => hitsAt + lane * laneHits);
  return {
    classes: 0,
    counts: COUNTS_AT,
    next,
    text,
    hits,
    pages: Math.ceil((hitsAt + LANES * laneHits) / PAGE),
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * `scan(at0, at1, at2, at3, steps)`: walks each lane from its address on; `steps` is a multiple of UNROLLED. In a run of one
 * letter hits are told up to `longestRun` bytes (8 to 16, else the next of them).
 */
export function emitScan(layout: Layout, longestRun: number): Uint8Array<ArrayBuffer> {
  const params = LANES + 1;
  return emitModule(layout.pages, {
    exportName: 'scan',
    params,
    locals: LANES * 2 + 1,
    body: bodyOf(layout, longestRun),
  });
}

const EACH = Array.from({ length: LANES }, (_, lane) => lane);
/** Numbers of locals: lane addresses, steps left, states, ends of hits, and a scratch byte. */
const ADDRESS = (lane: number): number => lane;
const STEPS = LANES;
const STATE = (lane: number): number => LANES + 1 + lane;
const HITS = (lane: number): number => LANES * 2 + 1 + lane;

const get = (local: number): number[] => [OP.localGet, local];
const set = (local: number): number[] => [OP.localSet, local];
const constant = (value: number): number[] => [OP.i32Const, ...signed(value)];
const addTo = (local: number, value: number): number[] => [...get(local), ...constant(value), OP.i32Add, ...set(local)];

function bodyOf(layout: Layout, longestRun: number): number[] {
  const step = (ahead: number): number[] => [
    ...EACH.flatMap((lane) => advance(layout, lane, ahead)),
    ...report((lane) => putHit(lane, ahead, longestRun)),
  ];
  return [
    ...EACH.flatMap((lane) => [...constant(layout.hits[lane] as number), ...set(HITS(lane))]),
    ...[OP.loop, VOID],
    ...Array.from({ length: UNROLLED }, (_, ahead) => step(ahead)).flat(),
    ...EACH.flatMap((lane) => addTo(ADDRESS(lane), UNROLLED)),
    ...[...get(STEPS), ...constant(UNROLLED), OP.i32Sub, OP.localTee, STEPS],
    ...[OP.brIf, 0, OP.end],
    ...EACH.flatMap((lane) => store(constant(layout.counts), lane * 4, get(HITS(lane)))),
  ];
}

/** state = next[state][class of the byte `ahead` of the lane's address] */
function advance(layout: Layout, lane: number, ahead: number): number[] {
  return [
    ...[...get(STATE(lane)), ...constant(ROW_SHIFT), OP.i32Shl],
    ...[...get(ADDRESS(lane)), OP.i32Load8U, 0, ...unsigned(ahead)],
    ...[OP.i32Load8U, 0, ...unsigned(layout.classes), OP.i32Add],
    // The row may lie before that of state 0, so its address is no offset.
    ...[...constant(layout.next), OP.i32Add, OP.i32Load16S, 1, 0, ...set(STATE(lane))],
  ];
}

/** One test for all lanes; they are told apart only when one of them reports. */
function report(put: (lane: number) => number[]): number[] {
  const isNegative = (state: readonly number[]): number[] => [...state, ...constant(0), OP.i32LtS];
  const anyState = EACH.flatMap((lane) => [...get(STATE(lane)), ...(lane > 0 ? [OP.i32Or] : [])]);
  return [
    ...[...isNegative(anyState), OP.if, VOID],
    ...EACH.flatMap((lane) => [...isNegative(get(STATE(lane))), OP.if, VOID, ...put(lane), OP.end]),
    OP.end,
  ];
}

/** The hit is written, and kept unless the last bytes are one letter over and over. */
function putHit(lane: number, ahead: number, longestRun: number): number[] {
  const end = [...get(ADDRESS(lane)), ...constant(ahead + 1), OP.i32Add];
  return [
    ...store(get(HITS(lane)), 0, get(STATE(lane))),
    ...store(get(HITS(lane)), 4, end),
    ...[...get(HITS(lane)), ...moves(lane, ahead + 1 - WORD)],
    ...[...moves(lane, ahead + 1 - Math.max(longestRun, WORD)), OP.i32Or],
    ...[...constant(HIT_SHIFT), OP.i32Shl, OP.i32Add, ...set(HITS(lane))],
  ];
}

/** Bytes that are compared at once. */
const WORD = 8;

/** Whether the eight bytes `from` there are others than those one place before. */
function moves(lane: number, from: number): number[] {
  const load = (at: number): number[] => [...get(ADDRESS(lane)), ...constant(at), OP.i32Add, OP.i64Load, 0, 0];
  return [...load(from), ...load(from - 1), OP.i64Ne];
}

function store(address: readonly number[], offset: number, value: readonly number[]): number[] {
  return [...address, ...value, OP.i32Store, 2, ...unsigned(offset)];
}
