// The held-out corpus: that it is one, and how the scanner does on it. What is wrong in its final half is not told.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { qualityOn } from './corpus/quality.ts';
import { heldOut } from './held-out/held-out.ts';

const dev = heldOut('dev', 'test', 1);
const final = heldOut('final', 'test', 1);
const all = [...dev, ...final];
const secrets = all.flatMap(({ labels }) => labels.filter((label) => label.is === 'secret'));

test('it holds 300 secrets of 60 vendors and kinds, and 300 values that look like some', () => {
  assert.ok(secrets.length >= 300, `${secrets.length} secrets`);
  assert.ok(new Set(secrets.map(({ vendor }) => vendor)).size >= 60);
  const traps = all.reduce((sum, file) => sum + file.traps, 0);
  assert.ok(traps >= 300, `${traps} traps`);
});

test('its halves have no file in common and are about as large', () => {
  const paths = new Set(all.map(({ path }) => path));
  assert.equal(paths.size, all.length);
  assert.ok(Math.abs(dev.length - final.length) < all.length / 10);
});

test('each label marks its value', () => {
  for (const { path, bytes, labels } of all) {
    for (const { start, end, value } of labels) assert.equal(bytes.toString('utf8', start, end), value, path);
  }
});

test('the same seed gives the same files, generated keys apart', () => {
  const [first, again] = [dev, heldOut('dev', 'test', 1)].map((files) => files.find(({ path }) => path === '.env'));
  assert.ok(first !== undefined);
  assert.deepEqual(first.bytes, again?.bytes);
});

suite('what the scanner finds in it', () => {
  for (const [name, files] of [
    ['dev', dev],
    ['final', final],
  ] as const) {
    const { precision, recall } = qualityOn(files);
    test(`${name}: 97 in 100 findings are secrets`, () => assert.ok(precision >= 0.97, String(precision)));
    test(`${name}: 93 in 100 secrets are found, with one value each`, () => assert.ok(recall >= 0.93, String(recall)));
  }
});
