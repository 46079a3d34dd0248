// sallyport.yaml: what it says, and where it is wrong.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../../src/adapters/config/config.ts';
import { embeddedUpstreams } from '../../../src/adapters/config/config.ts';
import { formatProblem, loadConfig, parseAgentConfig, parseConfig } from '../../../src/adapters/config/load.ts';
import { resolveUpstream } from '../../../src/adapters/config/resolve-upstream.ts';
import { readSecret } from '../../../src/adapters/config/secret.ts';

const MINIMAL = 'upstreams:\n  - { name: main, match: "**", url: "http://127.0.0.1:9000/{path}" }\n';

const COMPLETE = `gateway:
  publicUrl: http://127.0.0.1:8080/
  dataDir: ./data
  keysDir: /etc/sallyport/keys
  http: { listen: "[::1]:0", tls: { cert: c.pem, key: k.pem } }
  ssh: { listen: localhost:2222 }
  store: sqlite
  limits: { maxPackBytes: 1GiB, maxObjectBytes: 1000, maxRefUpdates: 5, receiveTimeout: 1h30m, maxConcurrentPushes: 3, maxHeldBytes: 10GiB, minFreeDisk: 512MiB }
upstreams:
  - { name: shop, match: "acme/shop", url: "https://git.example.com/shop", agent: embedded, credential: web, ca: ca.pem }
  - { name: acme, match: "acme/*", url: "ssh://git@git.example.com:2222/{repo}.git", credential: key, knownHosts: known }
  - { name: rest, match: "**", url: "http://127.0.0.1:9000/{path}" }
agent:
  credentials:
    web: { kind: bearer, token: { command: [vault, read] } }
    key: { kind: ssh-key, privateKey: { file: id }, passphrase: { env: PASS } }
    old: { kind: basic, username: u, password: { env: UPSTREAM_PASSWORD } }
    free: { kind: none }
identity:
  local: true
  oidc: []
  saml: []
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
policy: rules/policy.yaml
`;

function load(text: string): Config {
  const loaded = parseConfig(text, '/srv/gate/sallyport.yaml');
  if (loaded.outcome === 'problems') assert.fail(loaded.problems.map((one) => formatProblem('f', one)).join('\n'));
  return loaded.config;
}

function problems(text: string): readonly string[] {
  const loaded = parseConfig(text, '/srv/gate/sallyport.yaml');
  return loaded.outcome === 'ok' ? [] : loaded.problems.map((one) => formatProblem('f', one));
}

test('an upstream alone is a configuration; everything else has a default', () => {
  const config = load(MINIMAL);
  assert.deepEqual(config.gateway, {
    dataDir: '/srv/gate/data',
    keysDir: '/srv/gate/keys',
    http: { listen: { host: '127.0.0.1', port: 8080 } },
    ssh: { listen: { host: '127.0.0.1', port: 2222 }, hostCertificate: false },
    store: 'sqlite',
    limits: {
      maxPackBytes: 2 * 2 ** 30,
      maxObjectBytes: 512 * 2 ** 20,
      maxRefUpdates: 1000,
      receiveTimeout: 600_000,
      maxConcurrentPushes: 64,
      maxHeldBytes: 20 * 2 ** 30,
      minFreeDisk: 2 ** 30,
    },
    retention: {},
  });
  const day = 24 * 3_600_000;
  assert.deepEqual(config.identity, {
    local: true,
    recheck: 900_000,
    loginLasts: 43_200_000,
    oidc: [],
    workloads: [],
    saml: [],
    ssh: {
      keys: {
        algorithms: ['ed25519', 'ecdsa', 'rsa', 'sk-ed25519', 'sk-ecdsa'],
        minRsaBits: 3072,
        verifyRequired: false,
      },
      certificates: { authorities: [], principals: '{name}', issue: { lifetime: 3_600_000 } },
    },
    codingAgents: { enrolment: 'sponsors', grantsOnly: false, maxTokenLifetime: 90 * day },
    grants: { approvers: 'admin', bySponsor: false, maxLifetime: 7 * day },
  });
  assert.equal(config.policy, '/srv/gate/policy.yaml');
  assert.deepEqual(config.agent.credentials, {});
});

test('a complete configuration reads with absolute paths, bytes and milliseconds', () => {
  const config = load(COMPLETE);
  assert.equal(config.gateway.publicUrl, 'http://127.0.0.1:8080');
  assert.deepEqual(config.gateway.http, {
    listen: { host: '::1', port: 0 },
    tls: { certFile: '/srv/gate/c.pem', keyFile: '/srv/gate/k.pem' },
  });
  assert.equal(config.gateway.keysDir, '/etc/sallyport/keys');
  assert.deepEqual(config.gateway.limits, {
    maxPackBytes: 2 ** 30,
    maxObjectBytes: 1000,
    maxRefUpdates: 5,
    receiveTimeout: 5_400_000,
    maxConcurrentPushes: 3,
    maxHeldBytes: 10 * 2 ** 30,
    minFreeDisk: 512 * 2 ** 20,
  });
  assert.equal(embeddedUpstreams(config)[0]?.ca, '/srv/gate/ca.pem');
  assert.equal(embeddedUpstreams(config)[1]?.knownHosts, '/srv/gate/known');
  assert.deepEqual(config.agent.credentials['key'], {
    kind: 'ssh-key',
    username: 'git',
    privateKey: { kind: 'file', path: '/srv/gate/id' },
    passphrase: { kind: 'env', name: 'PASS' },
  });
  assert.equal(config.policy, '/srv/gate/rules/policy.yaml');
});

test('recordings are kept for ever, or as long as is said', () => {
  const kept = (retention: string) => load(`gateway: { retention: ${retention} }\n${MINIMAL}`).gateway.retention;
  assert.deepEqual(kept('{}'), {});
  assert.deepEqual(kept('{ recordings: 365d }'), { recordings: 365 * 24 * 3_600_000 });
  assert.match(problems(`gateway: { retention: { recording: 1d } }\n${MINIMAL}`)[0] ?? '', /unknown key.*recordings/);
});

test('sessions of coding agents are kept for 90 days, or as long as is said', () => {
  const kept = (ai: string) => load(`ai: ${ai}\n${MINIMAL}`).ai.sessions.retention;
  assert.equal(load(MINIMAL).ai.sessions.retention, 90 * 24 * 3_600_000);
  assert.equal(kept('{ sessions: { retention: 30d } }'), 30 * 24 * 3_600_000);
  assert.match(problems(`ai: { sessions: { keep: 1d } }\n${MINIMAL}`)[0] ?? '', /unknown key.*retention/);
  assert.match(problems(`ai: { session: {} }\n${MINIMAL}`)[0] ?? '', /unknown key.*sessions/);
});

test('a SAML provider reads with absolute paths, and groups of ours as lists', () => {
  const saml =
    'saml: [{ name: corp, entryPoint: "https://idp.example/sso?t=1", idpIssuer: i, idpCertificate: idp.pem, groups: { a: dev, b: [sre, dev] }, signRequests: { key: { file: sp.key }, certificate: sp.pem } }]';
  assert.deepEqual(load(COMPLETE.replace('saml: []', saml)).identity.saml, [
    {
      name: 'corp',
      entryPoint: 'https://idp.example/sso?t=1',
      idpIssuer: 'i',
      idpCertificate: '/srv/gate/idp.pem',
      groupsAttribute: 'groups',
      groups: { a: ['dev'], b: ['sre', 'dev'] },
      signRequests: { key: { kind: 'file', path: '/srv/gate/sp.key' }, certificate: '/srv/gate/sp.pem' },
    },
  ]);
});

test('the group admin can always administer, and reads, pushes, approves and audits nothing by that', () => {
  const last = load(COMPLETE).access.at(-1);
  assert.deepEqual(last, { repos: ['**'], groups: ['admin'], may: ['read', 'admin'] });
});

// Each row: a change to COMPLETE, and the line, column and words of what must be said about it.
/** What stands in the place of `kind: none`. */
const CREDENTIAL_FAULTS: readonly (readonly [title: string, to: string, expected: RegExp])[] = [
  [
    'an unknown kind',
    'kind: kerberos',
    /^f:18:\d+: agent\.credentials\.free\.kind: kind must be none, basic, .* or command$/,
  ],
  ['a password in clear', 'kind: basic, username: u, password: hunter2', /free\.password: a secret is never written/],
  ['a token in clear', 'kind: bearer, token: hunter2', /free\.token: a secret is never written/],
  [
    'a passphrase in clear',
    'kind: ssh-key, privateKey: { file: k }, passphrase: hunter2',
    /free\.passphrase: a secret is never/,
  ],
  [
    'an app key in clear',
    'kind: github-app, appId: 1, privateKey: hunter2',
    /free\.privateKey: a secret is never written/,
  ],
  [
    'a client secret in clear',
    'kind: gitlab, clientId: i, clientSecret: hunter2, refreshToken: { env: R }',
    /free\.clientSecret: a secret is never/,
  ],
  [
    'a refresh token in clear',
    'kind: oauth, tokenUrl: "https://id.example.com/t", clientId: i, refreshToken: hunter2',
    /free\.refreshToken: a secret is never/,
  ],
  ['an app without key', 'kind: github-app, appId: 1', /free\.privateKey: /],
  ['an app without id', 'kind: github-app, privateKey: { file: k }', /free\.appId: must be the id of the app/],
  [
    'an installation that is none',
    'kind: github-app, appId: 1, privateKey: { file: k }, installation: acme',
    /free\.installation: must be the number/,
  ],
  [
    'a forge in clear',
    'kind: github-app, appId: 1, privateKey: { file: k }, api: "http://forge.example.com"',
    /free\.api: must be https/,
  ],
  [
    'a forge with a password',
    'kind: gitlab, url: "https://u:p@gl.example.com", clientId: i, refreshToken: { env: R }',
    /free\.url: must be https/,
  ],
  ['gitlab without a refresh token', 'kind: gitlab, clientId: i', /free\.refreshToken: /],
  ['oauth without a place', 'kind: oauth, clientId: i', /free\.tokenUrl: must be an https URL/],
  ['an ssh-agent without a key', 'kind: ssh-agent', /free\.key: must be a fingerprint/],
  ['an ssh-agent with a name for a key', 'kind: ssh-agent, key: me@example.com', /free\.key: must be SHA256/],
  ['a command line', 'kind: command, command: "vault read x"', /free\.command: must be a list/],
  ['no command', 'kind: command, command: []', /free\.command: /],
  ['a key of another kind', 'kind: command, command: [vault], token: { env: X }', /free\.token: unknown key `token`/],
];

const WRONG: readonly (readonly [title: string, from: string, to: string, expected: RegExp])[] = [
  [
    'a misspelt section',
    'gateway:',
    'gatewai:',
    /^f:1:1: gatewai: unknown key `gatewai`; hint: did you mean `gateway`\?$/,
  ],
  [
    'a misspelt key',
    'listen: localhost',
    'listn: localhost',
    /^f:6:10: gateway\.ssh\.listn: unknown key `listn`; hint: did you mean `listen`\?$/,
  ],
  [
    'a key from nowhere',
    'store: sqlite',
    'colour: red',
    /^f:7:3: gateway\.colour: unknown key `colour`; hint: known here: /,
  ],
  ['a key twice', '  store: sqlite', '  dataDir: x', /^f:7:3: this key is here twice$/],
  ['no YAML', 'gateway:', 'gateway: [', /^f:\d+:\d+: not well-formed YAML/],
  ['a bad size', '1GiB', '1GiBs', /^f:8:13: gateway\.limits\.maxPackBytes: must be a size/],
  ['a zero size', '1GiB', '0', /^f:8:13: gateway\.limits\.maxPackBytes: must be a size/],
  ['a duration without unit', '1h30m', '90', /^f:8:\d+: gateway\.limits\.receiveTimeout: must be a duration/],
  ['no push at once', 'Pushes: 3', 'Pushes: 0', /^f:8:\d+: gateway\.limits\.maxConcurrentPushes: /],
  ['a count that is none', 'maxRefUpdates: 5', 'maxRefUpdates: 1.5', /^f:8:\d+: gateway\.limits\.maxRefUpdates: /],
  ['an address without port', 'localhost:2222', 'localhost', /^f:6:10: gateway\.ssh\.listen: must be host:port/],
  ['an address without host', 'localhost:2222', '":2222"', /must be host:port/],
  ['a port out of range', 'localhost:2222', 'localhost:70000', /must be host:port/],
  ['a number that looks like an address', 'localhost:2222', '127.1:2222', /must be host:port/],
  ['a publicUrl with a path', ':8080/', ':8080/x', /^f:2:3: gateway\.publicUrl: must be an origin only/],
  ['another store', 'store: sqlite', 'store: postgres', /^f:7:3: gateway\.store: must be "sqlite"/],
  ['no upstream', '  - { name: shop', '# - { name: shop', /^$/],
  [
    'two upstreams of one name',
    'name: rest',
    'name: acme',
    /^f:12:\d+: upstreams\[2\]\.name: two upstreams have this name$/,
  ],
  [
    'an upstream that is no URL',
    'http://127.0.0.1:9000/{path}',
    'git.example.com',
    /^f:12:\d+: upstreams\[2\]\.url: must be an http, https or ssh URL/,
  ],
  [
    'a file upstream',
    'http://127.0.0.1:9000/{path}',
    'file:///srv/{path}',
    /upstreams\[2\]\.url: must be an http, https or ssh URL/,
  ],
  [
    'a host that clients choose',
    'http://127.0.0.1:9000/{path}',
    'http://{path}/x',
    /the host cannot depend on the repository/,
  ],
  ['a user that clients choose', 'ssh://git@', 'ssh://{repo}@', /the host cannot depend on the repository/],
  ['an unknown placeholder', '9000/{path}', '9000/{path}/{owner}', /only \{path\} and \{repo\} can be filled in/],
  ['many repositories at one URL', '9000/{path}', '9000/x', /must contain \{path\} or \{repo\}/],
  ['a query in the URL', '9000/{path}', '9000/{path}?x=1', /must have no query and no fragment/],
  [
    'an ssh upstream without host keys',
    ', knownHosts: known',
    '',
    /^f:11:\d+: upstreams\[1\]\.url: an ssh upstream needs hostKeys or knownHosts/,
  ],
  ['a host key that is none', 'knownHosts: known', 'hostKeys: [yes]', /^f:11:\d+: upstreams\[1\]\.hostKeys\[0\]: /],
  [
    'an ssh upstream without key',
    'credential: key, ',
    '',
    /an ssh upstream needs a credential of kind ssh-key or ssh-agent/,
  ],
  ['an ssh key over http', 'credential: web', 'credential: key', /an ssh key cannot log in over http/],
  [
    'a credential that is not there',
    'credential: web',
    'credential: toString',
    /no entry of agent\.credentials has this name/,
  ],
  [
    'a pattern with .git',
    'acme/shop"',
    'acme/shop.git"',
    /^f:10:\d+: upstreams\[0\]\.match: a repository is named without \.git here/,
  ],
  ['a pattern that can never match', 'repos: ["**"]', 'repos: ["[ab]"]', /^f:24:\d+: access\[0\]\.repos\[0\]: /],
  [
    'an action that is none',
    '[read, push]',
    '[read, pull]',
    /^f:24:\d+: access\[0\]\.may\[1\]: must be one of read, push, approve, audit, admin$/,
  ],
  ['a rule for nobody', 'groups: [dev]', 'groups: []', /access\[0\]\.groups: must name at least one group/],
  ...CREDENTIAL_FAULTS.map(([title, to, expected]): readonly [string, string, string, RegExp] => [
    title,
    'kind: none',
    to,
    expected,
  ]),
  [
    'a remote agent without a port',
    'agent: embedded, ',
    'agent: dc1, ',
    /upstreams\[0\]\.agent: no agent can connect: gateway\.agents is not set/,
  ],
  [
    'a credential of a remote agent',
    'agent: embedded, ',
    'agent: dc1, ',
    /upstreams\[0\]\.credential: belongs into the agent's own configuration/,
  ],
  [
    'an upstream without url',
    'url: "http://127.0.0.1:9000/{path}"',
    'agent: embedded',
    /upstreams\[2\]\.url: must be a URL/,
  ],
  [
    'embedded among others',
    'agent: embedded, ',
    'agent: [dc1, embedded], ',
    /upstreams\[0\]\.agent: "embedded" stands alone/,
  ],
  [
    'a provider without an issuer',
    'oidc: []',
    'oidc: [{ name: x }]',
    /identity\.oidc\[0\]\.issuer: must be an https URL/,
  ],
  [
    'a provider in the clear',
    'oidc: []',
    'oidc: [{ name: x, clientId: c, issuer: "http://idp.example" }]',
    /identity\.oidc\[0\]\.issuer: must be an https URL/,
  ],
  [
    'a shared secret as algorithm',
    'oidc: []',
    'oidc: [{ name: x, clientId: c, issuer: "https://idp.example", algorithms: [HS256] }]',
    /identity\.oidc\[0\]\.algorithms\[0\]: must be one of RS256/,
  ],
  [
    'a client secret that is written out',
    'oidc: []',
    'oidc: [{ name: x, clientId: c, issuer: "https://idp.example", clientSecret: hunter2 }]',
    /identity\.oidc\[0\]\.clientSecret: a secret is never written/,
  ],
  [
    'two providers of one name',
    'oidc: []',
    'oidc: [&a { name: x, clientId: c, issuer: "https://idp.example" }, *a]',
    /identity\.oidc\[1\]\.name: two have this name/,
  ],
  [
    'workloads of everybody',
    'oidc: []',
    'workloads: [{ name: x, issuer: "https://ci.example", audience: a, match: {}, principal: ci }]',
    /identity\.workloads\[0\]\.match: must name at least one claim/,
  ],
  [
    'a SAML provider without its entity id',
    'saml: []',
    'saml: [{ name: x, entryPoint: "https://idp.example/sso?t=1", idpCertificate: idp.pem }]',
    /identity\.saml\[0\]\.idpIssuer: must be the provider's entity id/,
  ],
  [
    'a SAML provider in the clear',
    'saml: []',
    'saml: [{ name: x, entryPoint: "http://idp.example/sso", idpIssuer: i, idpCertificate: idp.pem }]',
    /identity\.saml\[0\]\.entryPoint: must be an https URL/,
  ],
  [
    'a key for requests that is written out',
    'saml: []',
    'saml: [{ name: x, entryPoint: "https://idp.example", idpIssuer: i, idpCertificate: c, signRequests: { key: hunter2, certificate: c } }]',
    /identity\.saml\[0\]\.signRequests\.key: a secret is never written/,
  ],
  [
    'a SAML provider under the name of another',
    '  oidc: []\n  saml: []',
    '  oidc: [{ name: x, clientId: c, issuer: "https://idp.example" }]\n  saml: [{ name: x, entryPoint: "https://idp.example", idpIssuer: i, idpCertificate: c }]',
    /identity\.saml\[0\]\.name: two have this name/,
  ],
  ['nobody who could log in', 'local: true', 'local: false', /identity\.local: false leaves nobody/],
];

const KEY = `SHA256:${'A'.repeat(43)}`;
const GITHUB = { kind: 'github-app', appId: '1', privateKey: { kind: 'file', path: '/srv/gate/k.pem' } };
const CREDENTIALS: readonly (readonly [string, unknown])[] = [
  ['{ kind: none }', { kind: 'none' }],
  [`{ kind: ssh-agent, key: "${KEY}" }`, { kind: 'ssh-agent', username: 'git', key: KEY }],
  [
    `{ kind: ssh-agent, username: u, key: "${KEY}", socket: a.sock }`,
    { kind: 'ssh-agent', username: 'u', key: KEY, socket: '/srv/gate/a.sock' },
  ],
  [
    '{ kind: github-app, appId: 1, privateKey: { file: k.pem } }',
    { ...GITHUB, api: 'https://api.github.com', workflows: false },
  ],
  [
    '{ kind: github-app, appId: "1", privateKey: { file: k.pem }, installation: 7, api: "https://gh.example.com/api/v3", workflows: true, ca: ca.pem }',
    { ...GITHUB, installation: 7, api: 'https://gh.example.com/api/v3', workflows: true, ca: '/srv/gate/ca.pem' },
  ],
  [
    '{ kind: gitlab, url: "https://gl.example.com/sub", clientId: i, clientSecret: { env: S }, refreshToken: { file: r } }',
    {
      kind: 'oauth',
      tokenUrl: 'https://gl.example.com/sub/oauth/token',
      clientId: 'i',
      username: 'oauth2',
      clientSecret: { kind: 'env', name: 'S' },
      refreshToken: { kind: 'file', path: '/srv/gate/r' },
    },
  ],
  [
    '{ kind: oauth, tokenUrl: "https://id.example.com/t", clientId: i, username: u, scope: "a b" }',
    { kind: 'oauth', tokenUrl: 'https://id.example.com/t', clientId: 'i', username: 'u', scope: 'a b' },
  ],
  ['{ kind: command, command: [vault, git] }', { kind: 'command', argv: ['vault', 'git'] }],
];

for (const [text, expected] of CREDENTIALS) {
  test(`${text} is a credential, in the file of the gateway and of an agent`, () => {
    assert.deepEqual(load(`${MINIMAL}agent: { credentials: { one: ${text} } }\n`).agent.credentials['one'], expected);
    const upstream = 'upstreams: [{ name: main, url: "http://127.0.0.1:9000/{path}" }]\n';
    const agent = `agent: { name: dc1, gateway: "https://g.example.com:1", credentials: { one: ${text} } }\n`;
    const loaded = parseAgentConfig(upstream + agent, '/srv/gate/agent.yaml');
    assert.deepEqual(loaded.outcome === 'ok' && loaded.config.credentials['one'], expected);
  });
}

test('no problem quotes what may be a secret that was written here by mistake', () => {
  const secret = ['hunter', '2'].join('');
  for (const credential of [`kind: bearer, token: ${secret}`, `kind: ssh-agent, key: ${secret}`]) {
    const found = problems(COMPLETE.replace('kind: none', credential));
    assert.ok(found.length > 0 && found.every((line) => !line.includes(secret)), found.join('\n'));
  }
});

for (const [title, from, to, expected] of WRONG) {
  test(`${title} is refused, with its place`, () => {
    assert.equal(COMPLETE.includes(from), true, 'the row does not change anything');
    const found = problems(COMPLETE.replace(from, to));
    if (expected.source === '^$') assert.deepEqual(found, []);
    else
      assert.equal(
        found.some((line) => expected.test(line)),
        true,
        found.join('\n') || 'no problem found',
      );
  });
}

test('what identity.ssh says is read, with paths made absolute, and checked', () => {
  const at = (yaml: string) => `${MINIMAL}identity: { ssh: ${yaml} }\n`;
  const { ssh } = load(
    at(
      '{ keys: { algorithms: [sk-ed25519], maxAge: 365d, verifyRequired: true }, certificates: { authorities: [ca.pub], principals: "{name}@corp", revoked: krl, issue: { lifetime: 30m } } }',
    ),
  ).identity;
  assert.deepEqual(ssh, {
    keys: { algorithms: ['sk-ed25519'], minRsaBits: 3072, maxAge: 365 * 86_400_000, verifyRequired: true },
    certificates: {
      authorities: ['/srv/gate/ca.pub'],
      principals: '{name}@corp',
      revoked: '/srv/gate/krl',
      issue: { lifetime: 1_800_000 },
    },
  });
  for (const [yaml, expected] of [
    ['{ keys: { algorithms: [dsa] } }', /must be one of ed25519, ecdsa, rsa, sk-ed25519, sk-ecdsa/],
    ['{ keys: { algorithms: [] } }', /must name at least one kind of key/],
    ['{ keys: { minRsaBits: 2048 } }', /must be at least 3072/],
    ['{ certificates: { principals: alice } }', /must contain \{name\} once/],
    ['{ certificates: { principals: "{name}{name}" } }', /must contain \{name\} once/],
    ['{ certificates: { issue: { lifetime: 30d } } }', /must be from 1m to 24h/],
    ['{ certificates: { authority: [] } }', /unknown key `authority`; hint: did you mean `authorities`/],
  ] as const) {
    assert.match(problems(at(yaml)).join('\n'), expected, yaml);
  }
});

test('every problem is reported in one go, in the order of the file', () => {
  const found = problems(
    COMPLETE.replace('1GiB', 'x').replace('gateway:', 'gateway:\n  y: 1').replace('[read, push]', '[]'),
  );
  assert.deepEqual(
    found.map((line) => line.split(':')[1]),
    ['2', '9', '25'],
  );
});

const CANARY = ['hunter', '2hunter', '2'].join('');
const LITERALS: readonly [title: string, from: string, to: string][] = [
  ['plain', '{ env: UPSTREAM_PASSWORD }', CANARY],
  ['quoted', '{ env: UPSTREAM_PASSWORD }', `"${CANARY}"`],
  ['as a key', '{ env: UPSTREAM_PASSWORD }', `{ ${CANARY} }`],
  ['beside a real source', '{ env: UPSTREAM_PASSWORD }', `{ env: X, value: ${CANARY} }`],
  ['two sources', '{ env: UPSTREAM_PASSWORD }', '{ env: X, file: y }'],
  ['in the URL', 'http://127.0.0.1', `http://u:${CANARY}@127.0.0.1`],
  ['in the ssh URL', 'ssh://git@', `ssh://git:${CANARY}@`],
  ['in a broken line', '{ env: UPSTREAM_PASSWORD }', `"${CANARY}`],
];
for (const [title, from, to] of LITERALS) {
  test(`a literal secret (${title}) is refused and not repeated`, () => {
    const found = problems(COMPLETE.replace(from, to));
    assert.notDeepEqual(found, []);
    assert.equal(found.join('\n').includes(CANARY), false, found.join('\n'));
  });
}

test('anonymous access is refused while any door listens beyond loopback', () => {
  const text = (http: string, ssh: string) =>
    `${MINIMAL}gateway:\n  http: { listen: "${http}" }\n  ssh: { listen: "${ssh}" }\nidentity:\n  anonymous: { groups: [lab] }\n`;
  for (const [http, ssh] of [
    ['127.0.0.1:0', '[::1]:0'],
    ['127.9.9.9:1', 'localhost:2'],
  ] as const) {
    assert.deepEqual(load(text(http, ssh)).identity.anonymous, { groups: ['lab'] });
  }
  for (const [http, ssh] of [
    ['0.0.0.0:1', '127.0.0.1:1'],
    ['127.0.0.1:1', '[::]:1'],
    ['gate.example.com:1', '127.0.0.1:1'],
    ['10.0.0.1:1', '127.0.0.1:1'],
  ] as const) {
    assert.match(
      problems(text(http, ssh)).join('\n'),
      /^f:7:3: identity\.anonymous: not allowed while a door listens beyond loopback/,
    );
  }
});

test('hostile files end in a problem: aliases that grow, other documents, no map, tags', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`),
  ];
  for (const text of [
    bomb.join('\n'),
    '--- 1\n--- 2\n',
    '[]',
    'x',
    '',
    'upstreams: !!js/function "x"',
    '\0',
    'a: \t\n\tb: 1',
    `a: ${'['.repeat(3000)}`,
  ]) {
    assert.notDeepEqual(problems(text), [], JSON.stringify(text.slice(0, 40)));
  }
});

test('a name in a problem cannot move the cursor', () => {
  assert.equal(problems(`"\\e]0;x\\a": 1\n${MINIMAL}`).join('').includes('\u001b'), false);
});

test('a file that is not there says so, and how to get one', async () => {
  const loaded = await loadConfig('/nonexistent/sallyport.yaml');
  assert.match(loaded.outcome === 'problems' ? (loaded.problems[0]?.message ?? '') : '', /ENOENT.*sallyport init/);
});

test('the first upstream that matches serves a repository, under any spelling of its name', () => {
  const config = load(COMPLETE);
  const rows: readonly [path: string, expected: string | undefined][] = [
    ['acme/shop', 'shop acme/shop acme/shop'],
    ['/acme/shop.git/', 'shop acme/shop acme/shop.git'],
    ['acme/other', 'acme acme/other acme/other'],
    ['acme/a/b', 'rest acme/a/b acme/a/b'],
    ['ACME/shop', 'rest ACME/shop ACME/shop'],
    ['acme/../shop', undefined],
    ['acme//shop', undefined],
    ['acme/%73hop', undefined],
    ['-x/y', undefined],
    ['', undefined],
  ];
  for (const [path, expected] of rows) {
    const found = resolveUpstream(config, path);
    const text = found && `${found.upstream.name} ${found.address.repo} ${found.address.path}`;
    assert.equal(text, expected, path);
  }
  const narrow = load(MINIMAL.replace('**', 'acme/*'));
  assert.equal(resolveUpstream(narrow, 'other/x'), undefined);
});

test('a secret is read where it is, without its last line end, and never repeated in an error', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-secret-'));
  try {
    await writeFile(join(directory, 's'), `${CANARY}\r\n`);
    await writeFile(join(directory, 'empty'), '\n');
    await writeFile(join(directory, 'large'), CANARY.repeat(10_000));
    const read = (source: Parameters<typeof readSecret>[0]) => readSecret(source, join(directory, 'sallyport.yaml'));
    assert.equal(await read({ kind: 'file', path: join(directory, 's') }), CANARY);
    assert.equal(await read({ kind: 'command', argv: ['cat', 's'] }), CANARY);
    process.env['SALLYPORT_TEST_SECRET'] = CANARY;
    assert.equal(await read({ kind: 'env', name: 'SALLYPORT_TEST_SECRET' }), CANARY);
    delete process.env['SALLYPORT_TEST_SECRET'];
    const failures = [
      { kind: 'env', name: 'SALLYPORT_TEST_SECRET' },
      { kind: 'file', path: join(directory, 'empty') },
      { kind: 'file', path: join(directory, 'large') },
      { kind: 'file', path: directory },
      { kind: 'command', argv: ['sh', '-c', `echo ${CANARY}; echo ${CANARY} >&2; exit 3`] },
      { kind: 'command', argv: ['/nonexistent/program'] },
    ] as const;
    for (const source of failures) {
      await assert.rejects(
        read(source),
        (error: Error) => error.name === 'SecretError' && !error.message.includes(CANARY),
      );
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

const DIGEST = 'ab'.repeat(32);

test('what is looked for beside the rules: gitleaks files relative to this one, digests with or without a length', () => {
  const { secrets } = load(
    `${MINIMAL}secrets: { gitleaks: rules/gitleaks.toml, gitleaksIgnore: /etc/ignore, hashes: ["${DIGEST.toUpperCase()}", "${DIGEST}:40"] }\n`,
  );
  assert.deepEqual(secrets, {
    gitleaks: '/srv/gate/rules/gitleaks.toml',
    gitleaksIgnore: '/etc/ignore',
    hashes: [{ digest: DIGEST }, { digest: DIGEST, length: 40 }],
  });
  assert.deepEqual(load(MINIMAL).secrets, { hashes: [] });
});

const BAD_SECRETS: readonly (readonly [fact: string, yaml: string, problem: RegExp])[] = [
  ['an unknown key', 'secrets:\n  gitleak: x\n', /^f:4:3: secrets\.gitleak: unknown key `gitleak`; hint: .*gitleaks/],
  [
    'a value in place of its digest',
    'secrets:\n  hashes: [hunter2hunter2]\n',
    /^f:4:12: secrets\.hashes\[0\]: must be 64 hex digits/,
  ],
  ['a length that is too short to be looked for', `secrets:\n  hashes: ["${DIGEST}:7"]\n`, /8 bytes or more/],
  ['a list that is none', 'secrets:\n  hashes: x\n', /must be a list/],
];

for (const [fact, yaml, problem] of BAD_SECRETS) {
  test(`secrets: ${fact} is a problem with its line, and is not repeated`, () => {
    const [first = ''] = problems(MINIMAL + yaml);
    assert.match(first, problem);
    assert.ok(!first.includes('hunter2'));
  });
}

test('an upstream that agents serve needs no url and no credential here', () => {
  const { upstreams, gateway } = load(
    'gateway: { agents: { listen: "0.0.0.0:8443" } }\nupstreams:\n  - { name: a, match: a, agent: dc1 }\n  - { name: b, match: b, agent: [dc1, dc2] }\n',
  );
  assert.deepEqual(upstreams, [
    { name: 'a', match: 'a', agent: ['dc1'] },
    { name: 'b', match: 'b', agent: ['dc1', 'dc2'] },
  ]);
  assert.deepEqual(gateway.agents, { listen: { host: '0.0.0.0', port: 8443 }, certificateLifetime: 30 * 24 * 3600e3 });
});

const AGENT = `agent:
  name: dc1
  gateway: https://gate.example.com:8443
  joinToken: { file: join }
  credentials:
    key: { kind: ssh-key, privateKey: { file: id } }
upstreams:
  - { name: main, url: "ssh://git@git.example.com/{path}", credential: key, knownHosts: known }
`;

test("an agent's own file: its gateway, its state, its credentials and upstreams, paths relative to it", () => {
  const loaded = parseAgentConfig(AGENT, '/srv/agent/sallyport-agent.yaml');
  assert.deepEqual(loaded.outcome === 'ok' ? loaded.config : loaded.problems, {
    file: '/srv/agent/sallyport-agent.yaml',
    name: 'dc1',
    gateway: { host: 'gate.example.com', port: 8443 },
    joinToken: { kind: 'file', path: '/srv/agent/join' },
    stateDir: '/srv/agent/agent-state',
    links: 2,
    credentials: { key: { kind: 'ssh-key', username: 'git', privateKey: { kind: 'file', path: '/srv/agent/id' } } },
    upstreams: [
      {
        name: 'main',
        url: 'ssh://git@git.example.com/{path}',
        hostKeys: [],
        credential: 'key',
        knownHosts: '/srv/agent/known',
      },
    ],
  });
});

for (const [title, from, to, expected] of [
  ['an unknown key', 'name: dc1', 'nmae: dc1', /^f:2:3: agent\.nmae: unknown key/],
  ['a gateway without TLS', 'https://', 'http://', /^f:3:3: agent\.gateway: must be https:\/\/host:port/],
  ['a gateway without a port', ':8443', '', /agent\.gateway: must be https:\/\/host:port/],
  ['a join token that is written out', '{ file: join }', 'sp_x', /agent\.joinToken: a secret is never written/],
  ['the name of the embedded agent', 'name: dc1', 'name: embedded', /agent\.name: must not be "embedded"/],
  ['a pin that is none', 'name: dc1', 'name: dc1\n  pin: abc', /agent\.pin: must be the part of a join token/],
  [
    'an ssh upstream without host keys',
    ', knownHosts: known',
    '',
    /^f:8:\d+: upstreams\[0\]\.url: an ssh upstream needs hostKeys/,
  ],
  [
    'a credential that is not there',
    'credential: key',
    'credential: web',
    /no entry of agent\.credentials has this name/,
  ],
  ['a section of the gateway', 'upstreams:', 'access: []\nupstreams:', /^f:7:1: access: unknown key/],
] as const) {
  test(`${title} in an agent's file is refused, with its place`, () => {
    assert.equal(AGENT.includes(from), true);
    const loaded = parseAgentConfig(AGENT.replace(from, to), '/srv/agent/a.yaml');
    const found = loaded.outcome === 'ok' ? [] : loaded.problems.map((one) => formatProblem('f', one));
    assert.ok(
      found.some((line) => expected.test(line)),
      found.join('\n') || 'no problem found',
    );
  });
}
