// Which repository a principal reaches: one function for every git door, and the same work for whatever is not for them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRepository } from '../../src/conversation/open-repository.ts';
import { type Access, compileAccess } from '../../src/domain/access.ts';
import type { Principal } from '../../src/domain/principal.ts';

const SRC = join(import.meta.dirname, '../../src');

test('a repository that is missing and one that is forbidden are looked up, judged and noted alike', () => {
  const compiled = compileAccess([
    { repos: ['acme/**'], groups: ['dev'], may: ['read', 'push'] },
    { repos: ['**'], groups: ['sre'], may: ['read'] },
  ]);
  assert.ok(compiled.ok);
  const done: string[] = [];
  const access: Access = {
    get rules() {
      done.push('judged');
      return compiled.access.rules;
    },
  };
  const there = ['acme/shop', 'secret/there'];
  const gate = {
    access,
    address(repo: string, path: string) {
      done.push('looked up');
      return there.includes(repo) ? { repo, path, upstream: 'main' } : undefined;
    },
  };
  const denials = { record: () => void done.push('noted') };
  const dev: Principal = { name: 'alice', kind: 'human', groups: ['dev'], credential: { kind: 'anonymous' } };
  const ask = (repo: string, right: 'read' | 'push' = 'read') => {
    done.length = 0;
    return { address: openRepository({ gate, denials }, dev, right, { repo, path: `${repo}.git` }), done: [...done] };
  };
  for (const right of ['read', 'push'] as const) {
    const forbidden = ask('secret/there', right);
    assert.deepEqual(forbidden, { address: undefined, done: ['looked up', 'judged', 'noted'] });
    assert.deepEqual(ask('secret/none', right), forbidden);
    assert.deepEqual(ask('acme/none', right), forbidden);
  }
  assert.deepEqual(ask('acme/shop').address?.repo, 'acme/shop');
});

test('no door reads access rules or decides for itself', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const reading = (pattern: RegExp) => files.filter((name) => pattern.test(readFileSync(join(SRC, name), 'utf8')));
  // Where rules are made and where they are read: nowhere else.
  assert.deepEqual(reading(/\baccess\.rules\b|\brule\.may\b/), ['domain/access.ts']);
  assert.deepEqual(reading(/\bgate\.address\(/), ['conversation/open-repository.ts']);
  const doors = files.filter((name) => /^gateway\/git-(http-door|ssh-service)\.ts$/.test(name));
  assert.equal(doors.length, 2);
  for (const name of doors) {
    const text = readFileSync(join(SRC, name), 'utf8');
    assert.match(text, /\bopenRepository\(/, name);
    assert.doesNotMatch(text, /domain\/access\.ts|\.groups\b/, name);
  }
});
