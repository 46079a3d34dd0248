// Sealed texts, read.
import type { Kysely } from 'kysely';
import { oneOf, type Schema } from './schema.ts';
import { StoreError } from './store-error.ts';
import type { TextSeal } from './text-seal.ts';

/** Sealed texts by their names. */
export async function textsOf(
  database: Kysely<Schema>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const query = database.selectFrom('ai_texts').select(['name', 'sealed']).where('name', 'in', oneOf(names));
  return new Map((await query.execute()).map(({ name, sealed }) => [name, sealed]));
}

/** Throws StoreError when it is not there, or was sealed with another key. */
export function openText(seal: TextSeal, name: string, sealed: Uint8Array | undefined): string {
  if (sealed === undefined) throw new StoreError('store-corrupt', 'a text of a session is missing');
  return seal.open(name, sealed);
}

/** `undefined` where openText throws. */
export function readableText(seal: TextSeal, name: string, sealed: Uint8Array | undefined): string | undefined {
  try {
    return openText(seal, name, sealed);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
