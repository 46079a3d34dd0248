import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commitOfNotePath } from '../../../../src/domain/attribution/notes/notes-tree.ts';
import { hex } from './arbitrary-note.ts';

const SHA1 = '7734793b756b3921c88db5375a8c156e9532447b';

describe('the path of a note', () => {
  it('names its commit at any depth of directories, in both object formats', () => {
    fc.assert(
      fc.property(fc.oneof(hex(40), hex(64)), fc.nat(31), (oid, depth) => {
        const levels = Math.min(depth, oid.length / 2 - 1);
        const directories = Array.from({ length: levels }, (_, at) => `${oid.slice(at * 2, at * 2 + 2)}/`);
        assert.equal(commitOfNotePath(directories.join('') + oid.slice(levels * 2)), oid);
      }),
    );
  });

  for (const [what, path] of [
    ['nothing', ''],
    ['a README', 'README.md'],
    ['a digit too few', SHA1.slice(1)],
    ['a digit too many', `${SHA1}0`],
    ['upper case', SHA1.toUpperCase()],
    ['directories of three digits', `${SHA1.slice(0, 3)}/${SHA1.slice(3)}`],
    ['an empty directory name', `77//${SHA1.slice(2)}`],
    ['a slash in front', `/${SHA1}`],
    ['a slash behind', `${SHA1}/`],
    ['a suffix', `${SHA1}.json`],
    ['..', `../${SHA1}`],
    ['a line feed', `${SHA1}\n`],
    ['a megabyte', '77/'.repeat(400_000)],
  ] as const) {
    it(`is none with ${what}`, () => {
      assert.equal(commitOfNotePath(path), undefined);
    });
  }
});
