// Work in a process beside this one: several jobs at once, each with its own end, whatever becomes of the process.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SideProcess } from '../../../src/adapters/process/side-process.ts';
import type { Task } from './jobs-main.ts';

const MODULE = join(import.meta.dirname, 'jobs-main');
const OPTIONS = { module: MODULE, settings: { start: 100 }, flags: ['--max-semi-space-size=1'] };
const quiet = { onSaid: () => {} };

describe('a process beside this one', () => {
  let side: SideProcess<{ start: number }, Task, number, string, number | string>;
  beforeEach(() => {
    side = new SideProcess(OPTIONS);
  });
  afterEach(() => side.close());

  test('does a task that comes in pieces, several at once', async () => {
    const sums = [[1, 2, 0], [5, 0], Array.from({ length: 1_000 }, (_, at) => 999 - at)].map((rest) =>
      side.run('sum', { ...quiet, rest }),
    );
    assert.deepEqual(await Promise.all(sums), [103, 105, 499_600]);
  });

  test('makes the next piece when the last was written', async () => {
    let made = 0;
    function* rest() {
      for (; made < 50; made++) yield 1;
      yield 0;
    }
    const sum = side.run('sum', { ...quiet, rest: rest() });
    assert.ok(made < 2, 'not all at once');
    assert.equal(await sum, 150);
  });

  test('asks, and is answered', async () => {
    const heard: string[] = [];
    const onSaid = (said: string, reply: (more: number) => void) => {
      heard.push(said);
      reply(42);
    };
    assert.equal(await side.run('ask', { onSaid }), 42);
    assert.deepEqual(heard, ['how much?']);
  });

  test('fails a job with its own error, and does the next', async () => {
    await assert.rejects(side.run('throw', quiet), { code: 'failed', jobCode: 'told', message: /as told/ });
    assert.equal(await side.run('sum', { ...quiet, rest: [0] }), 100);
  });

  test('that ends takes its jobs with it, and no other', async () => {
    const waiting = side.run('wait', { onSaid: () => void side.run('die', quiet).catch(() => {}) });
    await assert.rejects(waiting, { code: 'crashed' });
    assert.equal(await side.run('sum', { ...quiet, rest: [0] }), 100);
  });

  test('hears that a job is called off', async () => {
    const stop = new AbortController();
    await assert.rejects(side.run('wait', { onSaid: () => stop.abort(), signal: stop.signal }), { code: 'called-off' });
    await assert.rejects(side.run('wait', { ...quiet, signal: stop.signal }), { code: 'called-off' });
    assert.equal(await side.run('sum', { ...quiet, rest: [0] }), 100);
  });

  test('that hears nothing any more is ended, and another one does the next job', async () => {
    side = new SideProcess({ ...OPTIONS, graceMs: 1 });
    const stop = new AbortController();
    const spinning = side.run('spin', { onSaid: () => stop.abort(), signal: stop.signal });
    await assert.rejects(spinning, { code: 'called-off' });
    // Either it is ended while this one waits in it, or this one finds it gone already.
    await side.run('sum', { ...quiet, rest: [0] }).catch(() => {});
    assert.equal(await side.run('sum', { ...quiet, rest: [0] }), 100);
  });

  test('is told nothing of the environment but the path', async () => {
    process.env['SALLYPORT_TEST_SECRET'] = 'of nobody else';
    const names = String(await side.run('environment', quiet)).split(',');
    delete process.env['SALLYPORT_TEST_SECRET'];
    assert.deepEqual(
      names.filter((name) => !name.startsWith('NODE_CHANNEL')),
      ['MALLOC_ARENA_MAX', 'PATH'],
    );
  });

  test('does nothing when the rest of a task cannot be made, and nothing once it is closed', async () => {
    function* broken(): Generator<number> {
      yield 1;
      throw new Error('cannot be made');
    }
    await assert.rejects(side.run('sum', { ...quiet, rest: broken() }), /cannot be made/);
    const waiting = side.run('wait', { onSaid: () => side.close() });
    await assert.rejects(waiting, { code: 'closed' });
    await assert.rejects(side.run('sum', quiet), { code: 'closed' });
  });
});
