// The scanner on a small labelled corpus; `npm run secrets:measure` takes a larger one, and real source trees.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { scanTree, treeOf } from '../../../bench/secrets/trees.ts';
import { corpus } from './corpus/corpus.ts';
import { qualityOn } from './corpus/quality.ts';

const MIN_VENDORS = 40;
const files = corpus('test', 1);
const quality = qualityOn(files);

test('the corpus is of many vendors, and as much of it is no secret', () => {
  assert.ok(quality.tallies.size >= MIN_VENDORS);
  const labels = files.reduce((sum, file) => sum + file.labels.length, 0);
  assert.ok(labels > 300, `${labels} labels`);
  assert.ok(files.filter((file) => file.labels.length === 0).length > 30);
});

test('at least 95 in 100 secrets are found', () => {
  const lines = quality.misses.map(({ label, path, line }) => `${label.vendor} ${label.kind}, ${path}: ${line}`);
  assert.ok(quality.recall >= 0.95, `${quality.recall}\n${lines.join('\n')}`);
});

test('at least 97 in 100 findings are secrets', () => {
  const lines = quality.falseFindings.map(({ rule, path, line }) => `${rule}, ${path}: ${line}`);
  assert.ok(quality.precision >= 0.97, `${quality.precision}\n${lines.join('\n')}`);
});

test('the same seed gives the same corpus, generated keys apart', () => {
  const again = corpus('test', 1);
  const paths = (all: typeof files): string => all.map(({ path }) => path).join();
  assert.equal(paths(again), paths(files));
  assert.deepEqual(again[0]?.bytes, files[0]?.bytes);
});

const OWN = ['src', 'test', 'bench', 'fixtures', 'hooks', 'keys'];

test('nothing in this repository blocks', () => {
  const found = OWN.flatMap((name) => {
    const directory = resolve(import.meta.dirname, '../../..', name);
    return scanTree(directory, treeOf(directory), false).found.map(
      ({ path, line, rule }) => `${name}/${path}:${line} ${rule}`,
    );
  });
  assert.deepEqual(found, []);
});
