// libgit2 and isomorphic-git through the gateway, over every door they can use and both kinds of upstream.
import { test } from 'node:test';
import { ISOMORPHIC_GIT, LIBGIT2 } from './client-programs.ts';
import { playClient } from './play-client.ts';

for (const client of [LIBGIT2, ISOMORPHIC_GIT]) {
  for (const upstream of ['http', 'ssh'] as const) {
    test(`${client.name} clones, pushes, is held and fetches, before an ${upstream} upstream`, (t) =>
      playClient(t, client, upstream, client.doors));
  }
}
