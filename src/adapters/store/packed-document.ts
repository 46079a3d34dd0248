// Values that are read whole, one at a time: JSON, deflated, with bytes as base64.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MAX_JSON_LENGTH } from './schema.ts';
import { StoreError } from './store-error.ts';

/** What unpacks to more was not written by us. */
const MAX_BYTES = 256 * 1024 * 1024;
const BYTES = '$bytes';

/** Refuses (StoreError) what is larger than a document may be once it is packed. */
export function packDocument(value: unknown): Uint8Array {
  const packed = deflateRawSync(JSON.stringify(value, bytesAsText), { level: 1 });
  if (packed.length > MAX_JSON_LENGTH) {
    throw new StoreError(
      'store-too-large',
      `a document of ${packed.length} bytes, at most ${MAX_JSON_LENGTH} are kept`,
    );
  }
  return packed;
}

/** The type is the writer's promise: only packDocument makes such columns. */
export function unpackDocument<T>(packed: Uint8Array): T {
  const text = inflateRawSync(packed, { maxOutputLength: MAX_BYTES }).toString();
  return JSON.parse(text, textAsBytes) as T;
}

/** `this` holds the value before Buffer's own toJSON has turned it into a list of numbers. */
function bytesAsText(this: unknown, key: string, value: unknown): unknown {
  const own = (this as Record<string, unknown>)[key];
  return own instanceof Uint8Array ? { [BYTES]: Buffer.from(own).toString('base64') } : value;
}

function textAsBytes(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && BYTES in value && typeof value[BYTES] === 'string';
  return isBytes ? Buffer.from(value[BYTES] as string, 'base64') : value;
}
