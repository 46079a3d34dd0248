import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { duration, entryTypes, moment, pushOption, scopes, states, upTo, wholeNumber } from '../../src/cli/options.ts';

const TAKEN: readonly (readonly [string, (text: string) => unknown, string, unknown])[] = [
  ['one state', states, 'held', 'held'],
  ['several states', states, 'held,relaying', 'held,relaying'],
  ['types of entries', entryTypes, 'push.landed,policy.loaded', 'push.landed,policy.loaded'],
  ['a date', moment, '2026-11-01', '2026-11-01'],
  ['a time', moment, '2026-11-01T12:00:00Z', '2026-11-01T12:00:00Z'],
  ['a while ago', moment, '90d', '90d'],
  ['a duration', duration, '1h30m', '1h30m'],
  ['the largest number', upTo(500), '500', 500],
  ['the first index', wholeNumber, '0', 0],
  ['a push', pushOption, '42', 42],
  ['both scopes', scopes, 'git,api', ['git', 'api']],
];

const REFUSED: readonly (readonly [string, (text: string) => unknown, string])[] = [
  ['a state that is none', states, 'hold'],
  ['a state in capitals', states, 'HELD'],
  ['no state at all', states, ''],
  ['a list with a hole', states, 'held,,landed'],
  ['half a type', entryTypes, 'push'],
  ['a word', moment, 'yesterday'],
  ['a day that is none', moment, '2026-02-31T00:00:00Z!'],
  ['a month that is none', moment, '2026-13-01'],
  ['a number without unit', duration, '10'],
  ['more than the most', upTo(500), '501'],
  ['none', upTo(500), '0'],
  ['less than none', upTo(500), '-1'],
  ['a part', upTo(500), '1.5'],
  ['a number in another notation', wholeNumber, '0x10'],
  ['push 0', pushOption, '0'],
  ['a scope that is none', scopes, 'git,admin'],
];

describe('values of options', () => {
  for (const [title, read, text, expected] of TAKEN) {
    test(`${title} is taken: ${text}`, () => assert.deepEqual(read(text), expected));
  }
  for (const [title, read, text] of REFUSED) {
    test(`${title} is refused: ${text}`, () => assert.throws(() => read(text), { code: 'commander.invalidArgument' }));
  }
});
