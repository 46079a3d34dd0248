// AssertionLedger over SQLite. Ids are kept as digests: providers choose them, and nobody needs to read one again.
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { AssertionLedger, Clock } from '../../domain/ports.ts';
import type { Schema } from './schema.ts';
import { step, type Writer } from './writer.ts';

export function createAssertionLedger(database: Kysely<Schema>, writer: Writer, clock: Clock): AssertionLedger {
  return {
    async use(provider, assertionId, until) {
      const digest = createHash('sha256').update(assertionId).digest('hex');
      const over = database.deleteFrom('used_assertions').where('until', '<=', clock.now());
      const insert = sql`
        INSERT INTO used_assertions (provider, digest, until) VALUES (${provider}, ${digest}, ${until})
        ON CONFLICT DO NOTHING`.compile(database);
      const reply = await writer.submit({ steps: [step(over.compile()), step(insert, 1)], entries: [] });
      return reply.outcome === 'committed';
    },
  };
}
