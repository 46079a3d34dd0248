// Writes the bytes of a WebAssembly module (WebAssembly core specification, binary format): one memory, one function.

/** The few instructions we use. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i32Load8U: 0x2d,
  i32Load16S: 0x2e,
  i32Store: 0x36,
  i32Const: 0x41,
  i64Load: 0x29,
  i64Ne: 0x52,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Or: 0x72,
  i32Shl: 0x74,
  i32ShrU: 0x76,
} as const;

/** Type of a block that leaves nothing on the stack. */
export const VOID = 0x40;

const I32 = 0x7f;
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION_TYPE = 0x60;

export interface EmittedFunction {
  readonly exportName: string;
  /** All parameters and locals are i32. */
  readonly params: number;
  readonly locals: number;
  /** Without its final `end`. */
  readonly body: readonly number[];
}

/** A module that exports `memory` (of this many 64 KiB pages) and the function. */
export function emitModule(pages: number, func: EmittedFunction): Uint8Array<ArrayBuffer> {
  const type = [FUNCTION_TYPE, ...vector(Array.from({ length: func.params }, () => [I32])), 0];
  const code = [1, ...unsigned(func.locals), I32, ...func.body, OP.end];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, vector([type])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, ...unsigned(pages)]])),
    ...section(7, vector([exported('memory', 2), exported(func.exportName, 0)])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

/** LEB128 of an unsigned number. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** LEB128 of a signed number, as constants are written. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f;
    if ((rest >> 7 === 0 && (low & 0x40) === 0) || (rest >> 7 === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number): number[] {
  return [...vector([...Buffer.from(name)].map((byte) => [byte])), kind, 0];
}
