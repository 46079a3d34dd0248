// The numbers that bench/attribution-quality.ts prints, on fewer pushes: a change that makes the matching worse fails here.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { functionsOf } from '../../../../bench/attribution/functions.ts';
import { foreignPushes, labelledPushes, outputOf } from '../../../../bench/attribution/labelled-push.ts';
import { OutputIndex, precisionOf, recallOf, scoreOf } from '../../../../bench/attribution/score.ts';

const MODULES = resolve(import.meta.dirname, '../../../../node_modules');

test('lines said to be a machine’s are, most of them are found, and another repository’s completions find next to none', () => {
  const own = functionsOf(MODULES, 'own');
  const foreign = functionsOf(MODULES, 'foreign');
  assert.ok(own.length > 1_000 && foreign.length > 1_000, 'there is code to cut from');
  const { pushes, log } = labelledPushes(own, foreign, 'test', 40);
  const { table } = scoreOf(pushes, new OutputIndex(log));
  assert.ok(precisionOf(table).strict >= 0.97, JSON.stringify(table));
  assert.ok(recallOf(table).ai >= 0.9 && recallOf(table).mixed >= 0.7, JSON.stringify(table));
  const { human } = scoreOf(foreignPushes(own, 'test', 100), new OutputIndex(foreign.map(outputOf))).table;
  assert.ok((human.ai + human.mixed) / (human.ai + human.mixed + human.nothing) <= 0.005, JSON.stringify(human));
});
