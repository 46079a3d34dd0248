// On random histories, the secrets found are those that a plain reading of all versions tells: a line counts where no
// parent has it in this file, unless the base of the push has the whole content, or the commit moved the file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openScanner } from '../../../../src/adapters/scanner/open-scanner.ts';
import type { SecretScanner } from '../../../../src/domain/secrets/secret-scanner.ts';
import type { Oid } from '../../../../src/protocol/oid.ts';
import { PushLab } from '../../../support/push-lab.ts';
import { sampleSecret } from '../../../support/sample-secret.ts';

type Files = Readonly<Record<string, string>>;

const RULE = 'github-personal-access-token';
const LINES = [
  'plain = 1\n',
  'other = 2\n',
  `a = ${sampleSecret(RULE, 'a')}\n`,
  `b = ${sampleSecret(RULE, 'b')}\n`,
  `  a = ${sampleSecret(RULE, 'a')}\n`,
];
const PATHS = ['one.env', 'two.env', 'dir/three.env'];

const text = fc.array(fc.constantFrom(...LINES), { maxLength: 4 }).map((lines) => lines.join(''));
const files: fc.Arbitrary<Files> = fc
  .record(Object.fromEntries(PATHS.map((path) => [path, fc.option(text)])))
  .map((all) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)),
  );

let lab: PushLab;
let scanner: SecretScanner;
before(() => {
  lab = new PushLab();
  scanner = openScanner({ fingerprintKey: Buffer.alloc(32, 7) });
});
after(async () => {
  lab.remove();
  await scanner.close();
});

const linesOf = (content: string | undefined) => content?.split(/(?<=\n)/) ?? [];
const isSecret = (line: string) => LINES.indexOf(line) >= 2;

/** `commit path:line`, by the definition. */
function expected(base: Files, history: readonly Files[], oids: readonly Oid[]): Set<string> {
  const known = new Set(Object.values(base));
  const found = new Set<string>();
  for (const [at, now] of history.entries()) {
    const before = history[at - 1] ?? base;
    const gone = Object.entries(before).filter(([path]) => now[path] === undefined);
    for (const [path, content] of Object.entries(now)) {
      const old = before[path];
      if (content === old || known.has(content)) continue;
      const earlier = new Set(old === undefined ? gone.flatMap(([, each]) => linesOf(each)) : linesOf(old));
      for (const [index, line] of linesOf(content).entries()) {
        if (isSecret(line) && !earlier.has(line)) found.add(`${oids[at]} ${path}:${index + 1}`);
      }
    }
  }
  return found;
}

test('random histories: a secret counts where its line is new, and nowhere else', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(files, fc.array(files, { minLength: 1, maxLength: 4 }), async (base, history) => {
      const branch = `refs/heads/b${round++}`;
      const start = lab.commit(base, [], `base ${round}\n`);
      lab.land(branch, start);
      const oids: Oid[] = [];
      for (const each of history) oids.push(lab.commit(each, [oids.at(-1) ?? start], `${round} ${oids.length}\n`));
      const tip = oids.at(-1) as Oid;
      const findings = await lab.search({ commands: [[branch, start, tip]] }, scanner);
      const seen = findings.map(({ commit, path, line }) => `${commit} ${path}:${line}`);
      assert.deepEqual(new Set(seen), expected(base, history, oids));
      assert.equal(new Set(seen).size, seen.length, 'each once');
    }),
    { numRuns: 40 },
  );
});
