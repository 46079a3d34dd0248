import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hostAndPort, httpPath, parseTarget, shellQuote, sshPath, TargetError } from '../../src/agent/target.ts';

import { INJECTIONS } from './injections.ts';

const address = (path: string) => ({ upstream: 'main', path, repo: path.endsWith('.git') ? path.slice(0, -4) : path });

describe('the url of an upstream', () => {
  const good: readonly (readonly [string, string, string, string])[] = [
    ['http://127.0.0.1:9000/{path}', 'http', '127.0.0.1:9000', '/acme/shop.git'],
    ['https://git.example.com/{repo}.git', 'https', 'git.example.com', '/acme/shop.git'],
    ['https://git.example.com/scm/{repo}', 'https', 'git.example.com', '/scm/acme/shop'],
    ['https://git.example.com/only/one.git', 'https', 'git.example.com', '/only/one.git'],
    ['https://[::1]:8443/{path}', 'https', '[::1]:8443', '/acme/shop.git'],
    ['http://git.example.com:443/{path}', 'http', 'git.example.com:443', '/acme/shop.git'],
    ['ssh://git@github.com/{path}', 'ssh', 'github.com', '/acme/shop.git'],
    ['ssh://git@host:80/{path}', 'ssh', 'host:80', '/acme/shop.git'],
    ['ssh://host:2222/~bob/{path}', 'ssh', 'host:2222', '~bob/acme/shop.git'],
  ];
  for (const [url, scheme, where, path] of good) {
    test(`${url} is ${scheme} to ${where}, path ${path}`, () => {
      const target = parseTarget({ name: 'main', url });
      assert.equal(target.scheme, scheme);
      assert.equal(hostAndPort(target), where);
      const build = scheme === 'ssh' ? sshPath : httpPath;
      assert.equal(build(target, address('acme/shop.git')), path);
    });
  }

  const bad: readonly string[] = [
    '',
    '/srv/git/{path}',
    'file:///srv/git/{path}',
    'git://host/{path}',
    'ext::sh -c id',
    'https://host',
    'https://{path}/x',
    'https://{repo}.example.com/{path}',
    'https://user@host/{path}',
    'https://user:secret@host/{path}',
    'ssh://git:secret@host/{path}',
    'ssh://-oProxyCommand=id@host/{path}',
    'ssh://host:99999/{path}',
    'https://host/{path}?x=1',
    'https://host/{path}#x',
    'https://host\\evil/{path}',
    'https://ho st/{path}',
    'https://host/{branch}',
    'https://host/a b/{path}',
    'https://h%6fst/{path}',
  ];
  for (const url of bad) {
    test(`${JSON.stringify(url)} is refused`, () => {
      assert.throws(() => parseTarget({ name: 'main', url }), TargetError);
    });
  }

  test('a refused url is not quoted: it may hold a password', () => {
    const password = ['hunter', '2'].join('');
    assert.throws(
      () => parseTarget({ name: 'main', url: `https://user:${password}@host/{path}` }),
      (error: Error) => !error.message.includes(password),
    );
  });
});

describe('a path that names no repository goes nowhere', () => {
  const http = parseTarget({ name: 'main', url: 'https://host/{path}' });
  const ssh = parseTarget({ name: 'main', url: 'ssh://git@host/{path}' });
  for (const path of INJECTIONS) {
    test(JSON.stringify(path.slice(0, 40)), () => {
      assert.equal(httpPath(http, address(path)), undefined);
      assert.equal(sshPath(ssh, address(path)), undefined);
    });
  }

  test('a repo that is not the one of the path is refused', () => {
    const mixed = { upstream: 'main', path: 'acme/shop.git', repo: 'other/repo' };
    assert.equal(httpPath(http, mixed), undefined);
    assert.equal(sshPath(ssh, mixed), undefined);
  });

  test('whatever passes stays below the configured path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const built = httpPath(http, address(path));
        if (built === undefined) return;
        const url = new URL(`https://host${built}`);
        assert.equal(url.host, 'host');
        assert.equal(url.pathname, built);
        assert.equal(url.search + url.hash, '');
      }),
    );
  });
});

describe('a quoted path', () => {
  test('is one word for a real shell, whatever it holds', () => {
    const samples = ["it's", 'a b', '$(id)', '`id`', '!x', "'", "''", "';id;'", '\\', '"', '-x', '*', "it'\\''s!"];
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${samples.map(shellQuote).join(' ')}`], {
      encoding: 'utf8',
    });
    assert.deepEqual(words.trimEnd().split('\n'), samples);
  });

  test('looks as git quotes', () => {
    assert.equal(shellQuote("/it's!x.git"), "'/it'\\''s'\\!'x.git'");
  });
});
