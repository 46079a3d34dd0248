// dulwich through the gateway, over both doors and both kinds of upstream.
import { test } from 'node:test';
import { DULWICH } from './client-programs.ts';
import { playClient } from './play-client.ts';

for (const upstream of ['http', 'ssh'] as const) {
  test(`dulwich clones, pushes, is held and fetches, before an ${upstream} upstream`, (t) =>
    playClient(t, DULWICH, upstream, DULWICH.doors));
}
