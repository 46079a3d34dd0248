import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  advertisementContentType,
  parseGitProtocolHeader,
  requestContentType,
  resultContentType,
  routeGitRequest,
  ServiceAnnouncementSkipper,
  type SmartService,
  serviceAnnouncement,
} from '../../src/protocol/smart-http.ts';
import { accepted, decodeEveryWay, refusedAs, wire } from './feeding.ts';

const FETCH = 'service=git-upload-pack';
const PUSH = 'service=git-receive-pack';

for (const [method, url, kind, repo] of [
  ['GET', `/acme/app.git/info/refs?${FETCH}`, 'advertise git-upload-pack', 'acme/app'],
  ['GET', `/acme/app.git/info/refs?${PUSH}`, 'advertise git-receive-pack', 'acme/app'],
  ['GET', `/acme/app/info/refs?${PUSH}`, 'advertise git-receive-pack', 'acme/app'],
  ['GET', `/acme/app.git//info/refs?${PUSH}`, 'advertise git-receive-pack', 'acme/app'], // R ends in a slash
  ['GET', `/acme/app.git///info/refs?${PUSH}`, 'bad 400', undefined],
  ['POST', '/acme/app.git/git-upload-pack', 'upload-pack', 'acme/app'],
  ['POST', '/acme/app/git-receive-pack', 'receive-pack', 'acme/app'],
  ['POST', '/acme/app.git/info/lfs/objects/batch', 'lfs objects/batch', 'acme/app'],
  ['GET', '/acme/app.git/info/lfs/locks?path=a&service=git-upload-pack', 'lfs locks', 'acme/app'],
  ['POST', '/acme/app.git/info/lfs', 'lfs ', 'acme/app'],
  // one id or 400: THREATS.md 17
  ['GET', `/%61cme/app.git/info/refs?${FETCH}`, 'advertise git-upload-pack', 'acme/app'],
  ['GET', `/acme/app%2egit/info/refs?${FETCH}`, 'advertise git-upload-pack', 'acme/app'],
  ['GET', `/acme/app.git/inf%6f/refs?${FETCH}`, 'advertise git-upload-pack', 'acme/app'],
  ['GET', `/acme/../app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/%2e%2e/app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/%252e%252e/app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme%2Fapp.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git%2finfo/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme%5capp.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme\\app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `//acme/app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme//app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git;x/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git/.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.GIT/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git%00/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app%0a/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app%zz/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app%/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/%ff/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/é/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/~alice/app/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `http://elsewhere/acme/app.git/info/refs?${FETCH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git/info/refs#x?${FETCH}`, 'bad 400', undefined],
  ['GET', `/${'a'.repeat(5000)}/info/refs?${FETCH}`, 'bad 400', undefined],
  // the query
  ['GET', `/acme/app.git/info/refs?${FETCH}&${PUSH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git/info/refs?${PUSH}&x=1`, 'bad 400', undefined],
  ['GET', `/acme/app.git/info/refs?x=1&${PUSH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git/info/refs?${FETCH};${PUSH}`, 'bad 400', undefined],
  ['GET', `/acme/app.git/info/refs?${FETCH}?${PUSH}`, 'bad 400', undefined],
  ['GET', '/acme/app.git/info/refs?Service=git-upload-pack', 'bad 400', undefined],
  ['GET', '/acme/app.git/info/refs?service=git%2Dupload-pack', 'bad 400', undefined],
  ['GET', '/acme/app.git/info/refs?', 'bad 400', undefined],
  ['GET', '/acme/app.git/info/refs?service=', 'bad 403', undefined],
  ['GET', '/acme/app.git/info/refs?service=git-upload-archive', 'bad 403', undefined],
  ['POST', '/acme/app.git/git-upload-archive', 'bad 403', undefined],
  // THREATS.md 18: the right needed never follows from a query
  ['POST', `/acme/app.git/git-receive-pack?${FETCH}`, 'bad 400', undefined],
  ['POST', `/acme/app.git/git-upload-pack?`, 'bad 400', undefined],
  ['PUT', `/acme/app.git/info/lfs/objects/abc?${FETCH}`, 'lfs objects/abc', 'acme/app'],
  ['POST', `/acme/app.git/info/lfs/info/refs?${FETCH}`, 'lfs info/refs', 'acme/app'],
  ['POST', '/acme/app.git/info/lfs/git-upload-pack', 'lfs git-upload-pack', 'acme/app'],
  // methods
  ['POST', `/acme/app.git/info/refs?${FETCH}`, 'bad 405', undefined],
  ['HEAD', `/acme/app.git/info/refs?${FETCH}`, 'bad 405', undefined],
  ['GET', '/acme/app.git/git-receive-pack', 'bad 405', undefined],
  ['get', `/acme/app.git/info/refs?${FETCH}`, 'bad 405', undefined],
  // the dumb protocol
  ['GET', '/acme/app.git/info/refs', 'dumb', undefined],
  ['GET', '/acme/app.git/HEAD', 'dumb', undefined],
  ['GET', '/acme/app.git/objects/info/packs', 'dumb', undefined],
  ['GET', '/acme/app.git/objects/info/http-alternates', 'dumb', undefined],
  ['GET', `/acme/app.git/objects/aa/${'a'.repeat(38)}`, 'dumb', undefined],
  ['GET', `/acme/app.git/objects/pack/pack-${'a'.repeat(40)}.pack`, 'dumb', undefined],
] as const) {
  test(`${method} ${url.slice(0, 80)} is ${kind}`, () => {
    const route = routeGitRequest(method, url);
    assert.ok(route !== undefined);
    const shown =
      route.kind === 'advertise'
        ? `advertise ${route.service}`
        : route.kind === 'bad'
          ? `bad ${route.status}`
          : route.kind === 'lfs'
            ? `lfs ${route.lfsPath}`
            : route.kind;
    assert.equal(shown, kind);
    assert.equal('repo' in route ? route.repo.repo : undefined, repo);
    assert.equal('repoPath' in route, repo !== undefined);
  });
}

for (const url of [
  '/',
  '/pushes/42',
  '/api/v1/pushes?state=held',
  '/api/v1/repos/acme%2Fapp',
  '/healthz',
  '/metrics',
  '/ai/openai/v1/responses',
  '/git-uploads',
  '/HEAD',
  '/%zz',
  '*',
]) {
  test(`${url} is no business of git's`, () => assert.equal(routeGitRequest('GET', url), undefined));
}

test('every route to a repository names one that its own path parses to', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    'a',
    'app.git',
    '%2e',
    '%2F',
    'info',
    'refs',
    'git-receive-pack',
    'lfs',
    '?',
    FETCH,
    PUSH,
    '&',
    ';',
    '#',
  );
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST'), fc.array(piece, { maxLength: 10 }), (method, pieces) => {
      const route = routeGitRequest(method, `/${pieces.join('')}`);
      if (route === undefined || !('repo' in route)) return;
      assert.match(route.repo.repo, /^[A-Za-z0-9._+@/-]+$/);
      assert.doesNotMatch(`/${route.repo.repo}/`, /\/\.*\/|\/-/);
      if (route.kind === 'receive-pack') assert.equal(method, 'POST');
    }),
    { numRuns: 5000 },
  );
});

test('content types are the exact strings git compares with', () => {
  assert.equal(advertisementContentType('git-receive-pack'), 'application/x-git-receive-pack-advertisement');
  assert.equal(requestContentType('git-receive-pack'), 'application/x-git-receive-pack-request');
  assert.equal(resultContentType('git-upload-pack'), 'application/x-git-upload-pack-result');
});

function skip(service: SmartService) {
  return (chunks: readonly Buffer[]): string => {
    const skipper = new ServiceAnnouncementSkipper(service);
    const out = chunks.map((chunk) => skipper.write(chunk));
    skipper.finish();
    return Buffer.concat(out).toString('latin1');
  };
}

test('the service line is what git writes, and comes off', () => {
  assert.equal(serviceAnnouncement('git-receive-pack').toString(), '001f# service=git-receive-pack\n0000');
  const bytes = Buffer.concat([serviceAnnouncement('git-upload-pack'), wire('version 2\n', '0000')]);
  assert.equal(accepted(decodeEveryWay(bytes, skip('git-upload-pack'))), '000eversion 2\n0000');
});

for (const [title, bytes] of [
  ['v2 without a service line', wire('version 2\n', '0000')],
  ['a lone flush', wire('0000')],
  ['ERR in place of it', wire('ERR no\n')],
] as const) {
  test(`passed through: ${title}`, () => {
    assert.equal(accepted(decodeEveryWay(bytes, skip('git-upload-pack'))), bytes.toString('latin1'));
  });
}

for (const [title, bytes, code] of [
  ['another service', wire('# service=git-receive-pack\n', '0000'), 'bad-line'],
  ['no flush after it', wire('# service=git-upload-pack\n', 'version 2\n'), 'unexpected-packet'],
  ['half of it', wire('# service=git-upload-pack\n'), 'truncated'],
  ['nothing', Buffer.alloc(0), 'truncated'],
  ['a page', Buffer.from('<html>'), 'bad-pkt-length'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, skip('git-upload-pack'))), code));
}

for (const [value, expected] of [
  ['version=2', 'version=2'],
  ['version=1', 'version=1'],
  ['version=2:x=y', 'version=2'],
  ['x:version=1:version=2', 'version=2'],
  ['version=2:version=1', 'version=2'],
  ['version=0', undefined],
  ['version=3', undefined],
  ['version=22', undefined],
  ['xversion=2', undefined],
  ['', undefined],
  [undefined, undefined],
  ['version=2:', undefined],
  [':version=2', undefined],
  ['version=2\r\nX: y', undefined],
  ['version=2 ', undefined],
  ['version=2;id', undefined],
  ['version=2,version=1', undefined],
  [`version=2:${'x'.repeat(300)}`, undefined],
] as const) {
  test(`Git-Protocol ${JSON.stringify(value)?.slice(0, 40)} passes on as ${expected}`, () => {
    assert.equal(parseGitProtocolHeader(value), expected);
  });
}
