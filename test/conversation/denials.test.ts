import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Denials } from '../../src/conversation/denials.ts';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { Principal } from '../../src/domain/principal.ts';

const mallory: Principal = { name: 'mallory', kind: 'human', groups: [], credential: { kind: 'anonymous' } };

function open() {
  const state = { now: 0, entries: [] as TrailEntry[] };
  const denials = new Denials({
    clock: { now: () => state.now },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    trail: {
      async append(entry) {
        state.entries.push(entry);
        return { ...entry, index: 0, at: 0, previous: '', hash: '' };
      },
      search: async () => [],
      verify: async () => ({ entries: 0, head: '' }),
    },
  });
  return { denials, state };
}

test('who was denied what is written, the same again only after a minute', () => {
  const { denials, state } = open();
  denials.record(mallory, 'push', 'acme/shop');
  denials.record(mallory, 'push', 'acme/shop');
  denials.record(mallory, 'read', 'acme/shop');
  denials.record({ ...mallory, name: 'eve' }, 'push', 'acme/shop');
  state.now = 59_999;
  denials.record(mallory, 'push', 'acme/shop');
  state.now = 60_000;
  denials.record(mallory, 'push', 'acme/shop');
  assert.deepEqual(
    state.entries.map(({ type, actor, repo, body }) => [type, actor, repo, body['right']]),
    [
      ['access.denied', 'mallory', 'acme/shop', 'push'],
      ['access.denied', 'mallory', 'acme/shop', 'read'],
      ['access.denied', 'eve', 'acme/shop', 'push'],
      ['access.denied', 'mallory', 'acme/shop', 'push'],
    ],
  );
});

test('a repository of endless name is cut in the trail', () => {
  const { denials, state } = open();
  denials.record(mallory, 'read', 'x'.repeat(100_000));
  assert.equal(state.entries[0]?.repo?.length, 300);
});
