// What a push store's transactions write and read of break-glass: pushes that went through holds on their pusher's word.
import { type CompiledQuery, type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { Transition } from '../../domain/ports.ts';
import type { PushId } from '../../domain/push/push.ts';
import { type Schema, toJson } from './schema.ts';
import type { Step } from './write-connection.ts';
import { step } from './writer.ts';

/** Undoes the transaction when an earlier one of the same principal waits for its review. */
export function breakGlassSteps(
  database: Kysely<Schema>,
  push: PushId,
  breakGlass: Transition['breakGlass'],
): readonly Step[] {
  if (breakGlass === undefined) return [];
  const insert = database
    .insertInto('break_glass')
    .values({
      push_id: push,
      principal: breakGlass.principal,
      reason: toJson(breakGlass.reason),
      at: breakGlass.at,
      reviewed_by: null,
      reviewed_at: null,
      comment: null,
    })
    .onConflict((conflict) => conflict.doNothing());
  return [step(insert.compile(), 1)];
}

export function reviewBreakGlass(
  database: Kysely<Schema>,
  push: PushId,
  { by, at, comment }: { readonly by: string; readonly at: number; readonly comment: string },
): CompiledQuery {
  return database
    .updateTable('break_glass')
    .set({ reviewed_by: by, reviewed_at: at, comment: toJson(comment) })
    .where('push_id', '=', push)
    .where('reviewed_at', 'is', null)
    .compile();
}

export function unreviewedPushes(database: Kysely<Schema>) {
  return database.selectFrom('break_glass').select('push_id').where('reviewed_at', 'is', null);
}

/** As the JSON of domain/push/push.ts; texts are JSON already, and stay as they were escaped. */
export function breakGlassOf(builder: ExpressionBuilder<Schema, 'pushes'>) {
  return builder
    .selectFrom('break_glass')
    .whereRef('break_glass.push_id', '=', 'pushes.id')
    .select(
      sql<string | null>`'{"reason":' || break_glass.reason || ',"at":' || break_glass.at || CASE
        WHEN reviewed_at IS NULL THEN ''
        ELSE ',"review":{"by":' || json_quote(reviewed_by) || ',"at":' || reviewed_at || ',"comment":' || comment || '}'
        END || '}'`.as('breakGlass'),
    )
    .as('breakGlass');
}
