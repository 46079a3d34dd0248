// Every decoder must give the same result however its input is cut into chunks.
import assert from 'node:assert/strict';
import { encodeBytes } from '../../src/protocol/bytes.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';

/** The input whole, byte by byte, and cut in two at each offset (at 500 offsets when it is long). */
export function* feedings(bytes: Buffer): Generator<readonly Buffer[]> {
  yield [bytes];
  yield [...bytes].map((byte) => Buffer.from([byte]));
  const step = Math.max(1, Math.floor(bytes.length / 500));
  for (let at = 1; at < bytes.length; at += step) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

export type Decoded<T> =
  | { readonly value: T }
  | { readonly code: string; readonly message: string; readonly offset: number | undefined };

/** What `decode` makes of the input, the same for each feeding. */
export function decodeEveryWay<T>(bytes: Buffer, decode: (chunks: readonly Buffer[]) => T): Decoded<T> {
  let first: Decoded<T> | undefined;
  for (const chunks of feedings(bytes)) {
    const result = outcome(() => decode(chunks));
    if (first === undefined) first = result;
    else
      assert.deepStrictEqual(result, first, `differs when fed as ${chunks.map((chunk) => chunk.length).slice(0, 3)}`);
  }
  assert.ok(first !== undefined);
  return first;
}

/** The value, or the code, message and offset of the ProtocolError; any other error fails the test. */
export function outcome<T>(run: () => T): Decoded<T> {
  try {
    return { value: run() };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { code: error.code, message: error.message, offset: error.offset };
  }
}

/** The value, for input that must be accepted. */
export function accepted<T>(decoded: Decoded<T>): T {
  if ('value' in decoded) return decoded.value;
  return assert.fail(`refused: ${decoded.code}: ${decoded.message}`);
}

/** The code, for input that must be refused. */
export function refusedAs(decoded: Decoded<unknown>): string {
  if ('code' in decoded) return decoded.code;
  return assert.fail(`accepted: ${JSON.stringify(decoded.value)}`);
}

/** A pkt-line stream written down: text becomes a packet, `0000` to `0004` stand for themselves, Buffers too. */
export function wire(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part !== 'string') return part;
      if (/^000[0-4]$/.test(part)) return Buffer.from(part);
      const bytes = encodeBytes(part);
      return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
    }),
  );
}
