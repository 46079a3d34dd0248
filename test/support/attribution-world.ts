// What tests of attribution ask of a world: the newest push, who wrote it by now, and the processes it has for large ones.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { attributionJson } from '../../src/gateway/api/attribution-json.ts';
import { type PushJson, pushJson } from '../../src/gateway/api/push-json.ts';
import { childrenRunning } from './child-processes.ts';
import type { World } from './world.ts';

const answered = z.object({ revision: z.int(), cause: z.string(), attribution: attributionJson });

export type Answered = z.infer<typeof answered>;

/** As carol (security) sees it. */
export async function newestPush(world: World): Promise<PushJson> {
  const { body } = await world.api('carol', 'GET', '/api/v1/pushes?limit=1');
  return z.array(pushJson).parse(body)[0] ?? assert.fail('there is no push');
}

export async function showPush(world: World, id: number): Promise<PushJson> {
  return pushJson.parse((await world.api('carol', 'GET', `/api/v1/pushes/${id}`)).body);
}

/** Undefined while nobody has said who wrote it. */
export async function attributionOf(world: World, id: number): Promise<Answered | undefined> {
  const { status, body } = await world.api('carol', 'GET', `/api/v1/pushes/${id}/attribution`);
  return status === 200 ? answered.parse(body) : undefined;
}

/** Asks again until there is an answer; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((next) => setImmediate(next));
  }
}

/** Processes of this one that attribute large pushes. */
export function attributors(): readonly number[] {
  return childrenRunning('attribution/process-main');
}
