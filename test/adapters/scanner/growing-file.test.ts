import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { GrowingFile, Growth } from '../../../src/adapters/scanner/growing-file.ts';

describe('a file that grows', () => {
  let directory: string;
  let files = 0;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'growing-file-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  function opened(content: string | Buffer, from = 0) {
    const path = join(directory, `${files++}`);
    writeFileSync(path, content);
    const growth = new Growth();
    // The other side has the memory alone.
    const file = new GrowingFile(path, from, new Growth(growth.memory), () => {});
    return { path, growth, file };
  }

  test('is read as far as its writer says, and not further', async () => {
    const { growth, file } = opened('0123456789', 2);
    growth.grown(6);
    assert.equal((await file.read(0, 1)).toString(), '2345');
    growth.grown(8);
    growth.end('whole');
    assert.equal((await file.read(2, 100)).toString(), '4567');
    assert.equal((await file.read(6, 1)).length, 0);
    file.close();
  });

  test('lets its reader wait for more', async () => {
    const { path, growth, file } = opened('');
    let isRead = false;
    const reading = Promise.resolve(file.read(0, 5)).then((bytes) => {
      isRead = true;
      return bytes.toString();
    });
    for (const piece of ['01', '23', '45']) {
      await setImmediate();
      assert.equal(isRead, false);
      appendFileSync(path, piece);
      growth.grown(Number(piece[1]) + 1);
    }
    assert.equal(await reading, '012345');
    file.close();
  });

  test('ends for its reader when it is stopped, whatever is there', async () => {
    const { growth, file } = opened('0123456789');
    const reading = file.read(0, 5);
    growth.grown(10);
    growth.end('stopped');
    assert.equal((await reading).length, 0);
    file.close();
  });

  test('ends for its reader when it is stopped, also what was read already', async () => {
    const { growth, file } = opened('0123456789');
    growth.grown(10);
    assert.equal((await file.read(0, 5)).length, 10);
    growth.end('stopped');
    assert.equal((await file.read(2, 5)).length, 0);
    file.close();
  });

  test('fails when it has less than its writer says', async () => {
    const { growth, file } = opened('0123');
    growth.grown(5);
    await assert.rejects(async () => file.read(0, 5), /shorter than its writer says/);
    file.close();
  });

  test('gives nothing once it is closed, and may be closed twice', async () => {
    const { growth, file } = opened('0123');
    growth.grown(4);
    file.close();
    file.close();
    assert.equal((await file.read(0, 4)).length, 0);
  });

  test('is the same however it is read', async () => {
    const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));
    const reads = fc.array(fc.tuple(fc.oneof(fc.nat(50), fc.nat(300_000)), fc.oneof(fc.nat(40), fc.nat(1_500_000))), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(reads, fc.nat(10), async (steps, from) => {
        const { growth, file } = opened(content, from);
        growth.grown(content.length);
        growth.end('whole');
        let offset = 0;
        for (const [step, least] of steps) {
          const bytes = await file.read(offset, least);
          const expected = content.subarray(from + offset, from + offset + bytes.length);
          assert.ok(bytes.equals(expected));
          assert.ok(bytes.length >= Math.min(least, Math.max(0, content.length - from - offset)));
          // As a pack is read: never behind what was seen.
          offset += Math.min(step, bytes.length);
        }
        file.close();
      }),
      { numRuns: 60 },
    );
  });
});
