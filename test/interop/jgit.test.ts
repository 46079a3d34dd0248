// JGit through the gateway. A virtual machine starts for each command, so each door is tried before one upstream.
import { test } from 'node:test';
import { JGIT } from './client-programs.ts';
import { playClient } from './play-client.ts';

for (const kind of ['http', 'ssh'] as const) {
  test(`JGit clones, pushes, is held and fetches over ${kind}, before an ${kind} upstream`, (t) =>
    playClient(t, JGIT, kind, [kind]));
}
