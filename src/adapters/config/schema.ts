// The shape of sallyport.yaml. Every object is closed: a key we do not know is an error, since a misspelt rule that is
// silently ignored is a rule that does not hold.
import { z } from 'zod';
import { ACTIONS } from '../../domain/access.ts';
import { SSH_KEY_KINDS } from '../../domain/identity/ssh-key-policy.ts';
import { MIN_EXACT } from '../../domain/secrets/exact.ts';
import { parseSize } from '../../domain/units.ts';
import { MIN_RSA_BITS } from '../../protocol/ssh-key.ts';
import { identityKeys } from './identity-schema.ts';
import { parseListen } from './listen.ts';
import { closed, duration, name, secret, text } from './schema-values.ts';

const size = z.union([z.string(), z.number()], { error: 'must be a size such as 2GiB' }).transform((value, context) => {
  const bytes = parseSize(String(value));
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'must be a size such as 2GiB, 512MiB or 1000' });
  return z.NEVER;
});

const listen = z.string({ error: 'must be host:port' }).transform((value, context) => {
  const address = parseListen(value);
  if (address !== undefined) return address;
  context.addIssue({
    code: 'custom',
    message: 'must be host:port; hint: 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080 for every address, port 0 for any',
  });
  return z.NEVER;
});

/** A token or a signature goes there: never in clear, but on this machine. */
const serviceUrl = text('an https URL').regex(
  /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:\/[^\s?#]*[^\s?#/])?$/,
  'must be https://… without a query and without a slash at its end',
);

const oauthClient = {
  clientId: text('a client id'),
  clientSecret: secret.optional(),
  refreshToken: secret,
  ca: text('a path').optional(),
};

const CREDENTIAL_KINDS = 'none, basic, bearer, ssh-key, ssh-agent, github-app, gitlab, oauth or command';

const credential = z.discriminatedUnion(
  'kind',
  [
    closed({ kind: z.literal('none') }),
    closed({ kind: z.literal('basic'), username: text('a user name'), password: secret }),
    closed({ kind: z.literal('bearer'), token: secret }),
    closed({
      kind: z.literal('ssh-key'),
      username: text('a user name').default('git'),
      privateKey: secret,
      passphrase: secret.optional(),
    }),
    closed({
      kind: z.literal('ssh-agent'),
      username: text('a user name').default('git'),
      socket: text('a path').optional(),
      key: text('a fingerprint').regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be SHA256:… as ssh-add -l prints it'),
    }),
    closed({
      kind: z.literal('github-app'),
      appId: z.union([z.int(), text('the id of the app')], { error: 'must be the id of the app' }).transform(String),
      privateKey: secret,
      installation: z.int({ error: 'must be the number of an installation' }).positive().optional(),
      api: serviceUrl.default('https://api.github.com'),
      workflows: z.boolean({ error: 'must be true or false' }).default(false),
      ca: text('a path').optional(),
    }),
    closed({ kind: z.literal('gitlab'), url: serviceUrl.default('https://gitlab.com'), ...oauthClient }),
    closed({
      kind: z.literal('oauth'),
      tokenUrl: serviceUrl,
      username: text('a user name').default('oauth2'),
      scope: text('scopes').optional(),
      ...oauthClient,
      refreshToken: secret.optional(),
    }),
    closed({
      kind: z.literal('command'),
      command: z.array(text('an argument'), { error: 'must be a list: [PROGRAM, ...]' }).min(1),
    }),
  ],
  { error: `kind must be ${CREDENTIAL_KINDS}` },
);

/** Where an upstream is; the same in the gateway's file and in an agent's own. */
const place = {
  url: text('a URL'),
  credential: name.optional(),
  hostKeys: z
    .array(
      text('a host key').regex(
        /^(?:SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: .*)?)$/,
        'must be SHA256:… as ssh-keygen -l prints it, or "<algorithm> <base64>"',
      ),
    )
    .default([]),
  knownHosts: text('a path').optional(),
  ca: text('a path').optional(),
};

const agentNames = z
  .union([name, z.array(name).min(1).max(16)], {
    error: 'must be "embedded", the name of an agent, or a list of names',
  })
  .transform((value) => (value === 'embedded' ? value : [value].flat()));

const upstream = closed({
  name,
  match: text('a pattern such as "acme/**"'),
  ...place,
  url: place.url.optional(),
  agent: agentNames.default('embedded'),
});

const group = text('a group name').max(100);

const accessRule = closed({
  repos: z
    .array(text('a pattern such as "acme/**"'), { error: 'must be a list of patterns' })
    .min(1, 'must name at least one pattern'),
  groups: z.array(group, { error: 'must be a list of groups' }).min(1, 'must name at least one group'),
  may: z
    .array(z.enum(ACTIONS, { error: `must be one of ${ACTIONS.join(', ')}` }), {
      error: `must be a list of ${ACTIONS.join(', ')}`,
    })
    .min(1, 'must name at least one of read, push, approve, audit, admin'),
});

const file = (path: string) => text('a path').default(path);

/** `shasum -a 256` of a value; with its length in bytes after a colon, only runs of that length are hashed. */
const hash = text('a SHA-256').transform((value, context) => {
  const [, digest, length] = /^([0-9a-f]{64})(?::([1-9]\d{0,3}))?$/i.exec(value) ?? [];
  if (digest !== undefined && (length === undefined || Number(length) >= MIN_EXACT)) {
    return { digest: digest.toLowerCase(), ...(length !== undefined && { length: Number(length) }) };
  }
  // Not echoed: it may be the value itself, written here by mistake.
  context.addIssue({
    code: 'custom',
    message: `must be 64 hex digits, the SHA-256 of a value of ${MIN_EXACT} bytes or more; hint: add its length, as in <digest>:40, to make scans faster`,
  });
  return z.NEVER;
});

const limits = closed({
  maxPackBytes: size.default(2 * 2 ** 30),
  maxObjectBytes: size.default(512 * 2 ** 20),
  maxRefUpdates: z.int({ error: 'must be a whole number' }).min(1).max(100_000).default(1000),
  receiveTimeout: duration.default(10 * 60e3),
  maxConcurrentPushes: z.int({ error: 'must be a whole number' }).min(1).max(100_000).default(64),
  maxHeldBytes: size.default(20 * 2 ** 30),
  minFreeDisk: size.default(2 ** 30),
});

const gateway = closed({
  publicUrl: text('a URL').optional(),
  dataDir: file('./data'),
  keysDir: file('./keys'),
  http: closed({
    listen: listen.default({ host: '127.0.0.1', port: 8080 }),
    tls: closed({ cert: text('a path'), key: text('a path') }).optional(),
  }).prefault({}),
  ssh: closed({
    listen: listen.default({ host: '127.0.0.1', port: 2222 }),
    hostCertificate: z.boolean({ error: 'must be true or false' }).default(false),
  }).prefault({}),
  agents: closed({ listen, certificateLifetime: duration.default(30 * 24 * 3600e3) }).optional(),
  store: z.literal('sqlite', { error: 'must be "sqlite", the only store of this version' }).default('sqlite'),
  limits: limits.prefault({}),
  retention: closed({ recordings: duration.optional() }).prefault({}),
});

const credentials = z.record(name, credential, { error: 'must be a section of named credentials' }).default({});

const gatewayAddress = z.string({ error: 'must be https://host:port' }).transform((value, context) => {
  const address = parseListen(/^https:\/\/([^/]*)\/?$/.exec(value)?.[1] ?? '');
  if (address !== undefined && address.port > 0) return address;
  context.addIssue({ code: 'custom', message: 'must be https://host:port, the address of gateway.agents.listen' });
  return z.NEVER;
});

/** The file of an agent that runs apart. */
export const agentFileSchema = closed({
  agent: closed({
    name: name.refine((value) => value !== 'embedded', 'must not be "embedded", which is the agent in the gateway'),
    gateway: gatewayAddress,
    pin: text('a pin')
      .regex(/^[A-Za-z0-9_-]{43}$/, 'must be the part of a join token behind the dot')
      .optional(),
    joinToken: secret.optional(),
    stateDir: file('./agent-state'),
    links: z.int({ error: 'must be a whole number' }).min(1).max(8).default(2),
    credentials,
  }),
  upstreams: z
    .array(closed({ name, ...place }), { error: 'must be a list with at least one upstream' })
    .min(1, 'must be a list with at least one upstream'),
});

export type AgentFileContent = z.output<typeof agentFileSchema>;
const wholeNumber = z.int({ error: 'must be a whole number' });

/** One `{name}`, and something that is no pattern around it. */
const principalName = text('how users are called in certificates').regex(
  /^[^{}]*\{name\}[^{}]*$/,
  'must contain {name} once, as in "{name}" or "{name}@example.com"',
);

const sshKeys = closed({
  algorithms: z
    .array(z.enum(SSH_KEY_KINDS, { error: `must be one of ${SSH_KEY_KINDS.join(', ')}` }), {
      error: `must be a list of ${SSH_KEY_KINDS.join(', ')}`,
    })
    .min(1, 'must name at least one kind of key')
    .default([...SSH_KEY_KINDS]),
  minRsaBits: wholeNumber
    .min(MIN_RSA_BITS, `must be at least ${MIN_RSA_BITS}`)
    .max(16_384, 'must be at most 16384')
    .default(MIN_RSA_BITS),
  maxAge: duration.optional(),
  verifyRequired: z.boolean({ error: 'must be true or false' }).default(false),
});

const MAX_CERTIFICATE_LIFETIME = 24 * 3600e3;

const sshCertificates = closed({
  authorities: z.array(text('a path'), { error: 'must be a list of files of public keys' }).max(100).default([]),
  principals: principalName.default('{name}'),
  revoked: text('a path').optional(),
  issue: closed({
    lifetime: duration
      .refine((value) => value >= 60e3 && value <= MAX_CERTIFICATE_LIFETIME, 'must be from 1m to 24h')
      .default(3600e3),
  }).prefault({}),
});

const ssh = closed({ keys: sshKeys.prefault({}), certificates: sshCertificates.prefault({}) });

/** Whose signatures of commits are known, besides those of keys in our own directory. */
const signer = closed({
  name: z.string().min(1, 'must not be empty').max(200),
  codingAgent: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be the name of a coding agent, such as github-copilot-coding-agent')
    .optional(),
  openpgp: z.string().optional(),
  x509: z.string().optional(),
}).refine(({ openpgp, x509 }) => (openpgp === undefined) !== (x509 === undefined), {
  error: 'must have one of openpgp and x509: a file of armored public keys, or of certificates in PEM form',
});

export const fileSchema = closed({
  gateway: gateway.prefault({}),
  upstreams: z
    .array(upstream, { error: 'must be a list with at least one upstream' })
    .min(1, 'must be a list with at least one upstream'),
  agent: closed({ credentials }).prefault({}),
  identity: closed({
    local: z.boolean({ error: 'must be true or false' }).default(true),
    anonymous: closed({ groups: z.array(group).min(1, 'must name at least one group') }).optional(),
    ...identityKeys,
    ssh: ssh.prefault({}),
    codingAgents: closed({
      enrolment: z
        .enum(['sponsors', 'admins'], { error: 'must be "sponsors" (people enrol their own) or "admins"' })
        .default('sponsors'),
      grantsOnly: z.boolean({ error: 'must be true or false' }).default(false),
      maxTokenLifetime: duration.default(90 * 24 * 3600e3),
    }).prefault({}),
    grants: closed({
      approvers: group.default('admin'),
      bySponsor: z.boolean({ error: 'must be true or false' }).default(false),
      maxLifetime: duration.default(7 * 24 * 3600e3),
    }).prefault({}),
    breakGlass: closed({ group, reviewers: group }).optional(),
  }).prefault({}),
  access: z.array(accessRule, { error: 'must be a list of rules' }).default([]),
  policy: file('policy.yaml'),
  secrets: closed({
    gitleaks: text('a path').optional(),
    gitleaksIgnore: text('a path').optional(),
    hashes: z.array(hash, { error: 'must be a list of SHA-256 digests' }).max(10_000).default([]),
  }).prefault({}),
  ai: closed({
    sessions: closed({ retention: duration.default(90 * 24 * 3600e3) }).prefault({}),
    memory: closed({ retention: duration.default(180 * 24 * 3600e3) }).prefault({}),
    signers: z
      .array(signer, { error: 'must be a list of signers, each with a name and a file of its keys' })
      .max(1_000)
      .default([]),
  }).prefault({}),
});

export type FileContent = z.output<typeof fileSchema>;
