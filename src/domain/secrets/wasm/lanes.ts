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
  /** Two u32 a lane: the place just after its last hit, and how many hits before it were one letter over and over. */
  readonly repeats: number;
  /** The table, two bytes an entry. */
  readonly next: number;
  readonly text: number;
  /** Each lane's hits, two u32 each: state, address just after the byte. */
  readonly hits: readonly number[];
  readonly pages: number;
}

const PAGE = 65_536;
const COUNTS_AT = 256;
const REPEATS_AT = 384;
const REPEATS_BYTES = 8;
const NEXT_AT = 512;
const HIT_BYTES = 8;
const HIT_SHIFT = 3;
const LANE_HITS = (CHUNK / LANES + 64) * HIT_BYTES;

/** Room for a table of `states` rows, a chunk with `overlap` bytes before it, and a hit at every byte. */
export function layoutFor(states: number, overlap: number): Layout {
  const text = NEXT_AT + states * CLASSES * 2;
  const hitsAt = roundUp(text + overlap + CHUNK + PAGE / 64, 64);
  const laneHits = LANE_HITS + overlap * HIT_BYTES;
  const hits = Array.from({ length: LANES }, (_, lane) => hitsAt + lane * laneHits);
  return {
    classes: 0,
    counts: COUNTS_AT,
    repeats: REPEATS_AT,
    next: NEXT_AT,
    text,
    hits,
    pages: Math.ceil((hitsAt + LANES * laneHits) / PAGE),
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * `scan(at0, at1, at2, at3, steps)`: walks each lane from its address on; `steps` is a multiple of UNROLLED. Of hits in a
 * row at one letter over and over the first `mostRepeats` and one more are told.
 */
export function emitScan(layout: Layout, firstReport: number, mostRepeats: number): Uint8Array<ArrayBuffer> {
  const params = LANES + 1;
  return emitModule(layout.pages, {
    exportName: 'scan',
    params,
    locals: LANES * 2 + 1,
    body: bodyOf(layout, firstReport, mostRepeats),
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

function bodyOf(layout: Layout, firstReport: number, mostRepeats: number): number[] {
  const put = (lane: number, ahead: number): number[] => putHit(layout, lane, ahead, mostRepeats);
  const step = (ahead: number): number[] => [
    ...EACH.flatMap((lane) => advance(layout, lane, ahead)),
    ...report(firstReport, (lane) => put(lane, ahead)),
  ];
  return [
    ...EACH.flatMap((lane) => [...constant(layout.hits[lane] as number), ...set(HITS(lane))]),
    ...EACH.flatMap((lane) => store(constant(repeatsOf(layout, lane)), LAST_PLACE, constant(0))),
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
    ...[...get(STATE(lane)), ...constant(7), OP.i32Shl],
    ...[...get(ADDRESS(lane)), OP.i32Load8U, 0, ...unsigned(ahead)],
    ...[OP.i32Load8U, 0, ...unsigned(layout.classes), OP.i32Add],
    ...[OP.i32Load16U, 1, ...unsigned(layout.next), ...set(STATE(lane))],
  ];
}

/** One test for all lanes; they are told apart only when one of them reports. */
function report(firstReport: number, put: (lane: number) => number[]): number[] {
  const reports = (lane: number): number[] => [...get(STATE(lane)), ...constant(firstReport), OP.i32GeU];
  return [
    ...EACH.flatMap((lane) => [...reports(lane), ...(lane > 0 ? [OP.i32Or] : [])]),
    ...[OP.if, VOID],
    ...EACH.flatMap((lane) => [...reports(lane), OP.if, VOID, ...put(lane), OP.end]),
    OP.end,
  ];
}

/** Of what is kept about the last hit. */
const LAST_PLACE = 0;
const REPEATS = 4;

/** repeats = (one place on, same byte) * (repeats + 1); the hit is written, and kept unless that is more than the most. */
function putHit(layout: Layout, lane: number, ahead: number, mostRepeats: number): number[] {
  const last = constant(repeatsOf(layout, lane));
  const place = [...get(ADDRESS(lane)), ...constant(ahead), OP.i32Add];
  const end = [...place, ...constant(1), OP.i32Add];
  const isNext = [...load(last, LAST_PLACE), ...place, OP.i32Eq];
  const isSame = [...byteAt(lane, ahead), ...byteAt(lane, ahead - 1), OP.i32Eq];
  const again = [...load(last, REPEATS), ...constant(1), OP.i32Add];
  const isKept = [...load(last, REPEATS), ...constant(mostRepeats + 1), OP.i32LtU];
  return [
    ...store(last, REPEATS, [...isNext, ...isSame, OP.i32And, ...again, OP.i32Mul]),
    ...store(last, LAST_PLACE, end),
    ...store(get(HITS(lane)), 0, get(STATE(lane))),
    ...store(get(HITS(lane)), 4, end),
    ...[...get(HITS(lane)), ...isKept, ...constant(HIT_SHIFT), OP.i32Shl, OP.i32Add, ...set(HITS(lane))],
  ];
}

function repeatsOf(layout: Layout, lane: number): number {
  return layout.repeats + lane * REPEATS_BYTES;
}

function byteAt(lane: number, ahead: number): number[] {
  return [...get(ADDRESS(lane)), ...constant(ahead), OP.i32Add, OP.i32Load8U, 0, 0];
}

function load(address: readonly number[], offset: number): number[] {
  return [...address, OP.i32Load, 2, ...unsigned(offset)];
}

function store(address: readonly number[], offset: number, value: readonly number[]): number[] {
  return [...address, ...value, OP.i32Store, 2, ...unsigned(offset)];
}
