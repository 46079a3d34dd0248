import type { Readable } from 'node:stream';

/** The most an advertisement of an upstream may have (THREATS.md 76). */
export const MAX_ADVERTISEMENT_BYTES = 512 * 1024 * 1024;

/** A whole stream in memory; rejects above `limit` bytes. Only for what must be seen whole, never for packs. */
export async function collect(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > limit) {
      body.destroy();
      throw new Error(`more than ${limit} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
