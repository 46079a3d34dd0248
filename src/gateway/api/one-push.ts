// The push that a path names, for whoever may see it.
import { z } from 'zod';
import type { Principal } from '../../domain/principal.ts';
import type { Push } from '../../domain/push/push.ts';
import type { ApiDeps } from './deps.ts';
import { notFound } from './problem.ts';

export const idParam = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the number of a push')
    .transform(Number),
});

/** Throws the answer for "not there", which is also the one for "not yours to see". */
export async function seenPush(
  { pushes, review }: Pick<ApiDeps, 'pushes' | 'review'>,
  id: number,
  principal: Principal,
): Promise<Push> {
  const push = await pushes.find(id);
  if (!push || !review.canSee(principal, push)) throw notFound();
  return push;
}
