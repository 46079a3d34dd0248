// sallyport.yaml → Config, or what is wrong with it, each problem with its line and column.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { AccessRule } from '../../domain/access.ts';
import type { CredentialConfig, SecretSource } from '../../domain/credential-config.ts';
import { compileGlob } from '../../domain/policy/glob.ts';
import { visibleText } from '../../protocol/bytes.ts';
import type {
  AgentConfig,
  AiConfig,
  Config,
  EmbeddedUpstreamConfig,
  IdentityConfig,
  SshIdentityConfig,
  UpstreamConfig,
  UpstreamPlace,
} from './config.ts';
import { formatListen, isLoopback } from './listen.ts';
import { toSaml } from './saml-config.ts';
import { type AgentFileContent, agentFileSchema, type FileContent, fileSchema } from './schema.ts';

export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** Where, as `gateway.http.listen`; empty for the whole file. */
  readonly key: string;
  readonly message: string;
}

export type Loaded<T> =
  | { readonly outcome: 'ok'; readonly config: T }
  | { readonly outcome: 'problems'; readonly problems: readonly ConfigProblem[] };
export type LoadedConfig = Loaded<Config>;

const MAX_CONFIG_BYTES = 1024 * 1024;

type Path = readonly (string | number)[];
/** A problem at a path of the document. */
interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** Reads and checks a configuration file. Never throws for what the file says, or for a file that cannot be read. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const text = await readConfig(file, '; hint: `sallyport init` writes one');
  return typeof text === 'string' ? parseConfig(text, resolve(file)) : text;
}

/** The same for the file of an agent that runs apart. */
export async function loadAgentConfig(file: string): Promise<Loaded<AgentConfig>> {
  const text = await readConfig(file, '; hint: README.md shows one for an agent');
  return typeof text === 'string' ? parseAgentConfig(text, resolve(file)) : text;
}

async function readConfig(file: string, hint: string): Promise<string | Problems> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    return fileProblem(`cannot be read (${code})${code === 'ENOENT' ? hint : ''}`);
  }
}

/** The same for text at hand; `file` (absolute) is what relative paths start from. */
export function parseConfig(text: string, file: string): LoadedConfig {
  return parse(text, (content) => {
    const parsed = fileSchema.safeParse(content);
    if (!parsed.success) return distinct(parsed.error.issues.flatMap(faultsOf));
    const faults = crossCheck(parsed.data);
    return faults.length > 0 ? faults : toConfig(parsed.data, file);
  });
}

/** The same for an agent's own file. */
export function parseAgentConfig(text: string, file: string): Loaded<AgentConfig> {
  return parse(text, (content) => {
    const parsed = agentFileSchema.safeParse(content);
    if (!parsed.success) return distinct(parsed.error.issues.flatMap(faultsOf));
    const faults = crossCheckAgent(parsed.data);
    return faults.length > 0 ? faults : toAgentConfig(parsed.data, file);
  });
}

type Problems = Extract<LoadedConfig, { readonly outcome: 'problems' }>;

function parse<T extends object>(text: string, check: (content: unknown) => readonly Fault[] | T): Loaded<T> {
  if (text.length > MAX_CONFIG_BYTES) return fileProblem('is larger than 1 MiB');
  const lines = new LineCounter();
  // prettyErrors would quote the offending line, which may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    const problems = broken.map((error) => problemAt(lines, error.pos[0], '', yamlMessage(error.code)));
    return { outcome: 'problems', problems };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return fileProblem('uses too many aliases');
  }
  const checked = check(content);
  if (!isFaults(checked)) return { outcome: 'ok', config: checked };
  return { outcome: 'problems', problems: checked.map((fault) => locate(fault, document, lines)).sort(byPosition) };
}

function isFaults(checked: readonly Fault[] | object): checked is readonly Fault[] {
  return Array.isArray(checked);
}

/** `file:line:column: key: message`, fit for a terminal. */
export function formatProblem(file: string, problem: ConfigProblem): string {
  const key = problem.key === '' ? '' : `${problem.key}: `;
  return visibleText(`${file}:${problem.line}:${problem.column}: ${key}${problem.message}`);
}

function fileProblem(message: string): Problems {
  return { outcome: 'problems', problems: [{ line: 1, column: 1, key: '', message }] };
}

/** The parser's own texts may quote the file: its codes do not. */
function yamlMessage(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is here twice';
  if (code === 'TAB_AS_INDENT') return 'tabs cannot indent YAML; hint: use spaces';
  if (code === 'BAD_ALIAS') return 'this alias has no anchor';
  if (code === 'MULTIPLE_DOCS') return 'only one document is allowed';
  return `not well-formed YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

type Issue = {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
};

function faultsOf(issue: Issue): readonly Fault[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  // One line per unknown key: schema.ts writes them in the order of `keys`. Where a secret belongs it writes another
  // message, and the key is not shown: `password: { hunter2 }` is a map with the key hunter2.
  if (issue.code === 'unrecognized_keys' && issue.keys && issue.message.startsWith('unknown key')) {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? issue.message }));
  }
  if (issue.code === 'invalid_key') return [{ path, message: 'must be a name of letters, digits, ".", "_", "-"' }];
  return [{ path, message: issue.message }];
}

/** A value can break two rules that read the same. */
function distinct(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify([fault.path, fault.message]), fault])).values()];
}

/** What no single value shows: references, doors and identities that do not fit together. */
function crossCheck(content: FileContent): readonly Fault[] {
  const faults: Fault[] = [];
  const { gateway, identity } = content;
  const exposed = [gateway.http.listen, gateway.ssh.listen].find((address) => !isLoopback(address.host));
  if (identity.anonymous && exposed) {
    // Otherwise the whole network reads, and perhaps pushes, with the agent's credential.
    faults.push({
      path: ['identity', 'anonymous'],
      message: `not allowed while a door listens beyond loopback (${formatListen(exposed)}); hint: listen on 127.0.0.1 or remove it`,
    });
  }
  if (
    !identity.local &&
    !identity.anonymous &&
    identity.oidc.length + identity.workloads.length + identity.saml.length === 0
  ) {
    faults.push({ path: ['identity', 'local'], message: 'false leaves nobody who could log in without a provider' });
  }
  faults.push(...sameNames('oidc', identity.oidc), ...sameNames('workloads', identity.workloads));
  faults.push(...sameNames('saml', identity.saml, identity.oidc));
  if (gateway.publicUrl !== undefined) {
    const fault = publicUrlFault(gateway.publicUrl);
    if (fault) faults.push({ path: ['gateway', 'publicUrl'], message: fault });
  }
  const names = new Set<string>();
  content.upstreams.forEach((upstream, index) => {
    const at = ['upstreams', index] as const;
    if (names.has(upstream.name)) faults.push({ path: [...at, 'name'], message: 'two upstreams have this name' });
    names.add(upstream.name);
    const badMatch = patternFault(upstream.match);
    if (badMatch) faults.push({ path: [...at, 'match'], message: badMatch });
    const own =
      upstream.agent === 'embedded'
        ? placeFaults(upstream, content.agent.credentials)
        : remoteFaults(upstream, content);
    for (const [key, message] of own) faults.push({ path: [...at, key], message });
  });
  content.access.forEach((rule, index) => {
    rule.repos.forEach((pattern, position) => {
      const message = patternFault(pattern);
      if (message) faults.push({ path: ['access', index, 'repos', position], message });
    });
  });
  return faults;
}

function crossCheckAgent(content: AgentFileContent): readonly Fault[] {
  const names = content.upstreams.map((upstream) => upstream.name);
  return content.upstreams.flatMap((upstream, index) => {
    const faults = [...placeFaults({ ...upstream, match: '*' }, content.agent.credentials)];
    if (names.indexOf(upstream.name) !== index) faults.push(['name', 'two upstreams have this name']);
    return faults.map(([key, message]): Fault => ({ path: ['upstreams', index, key], message }));
  });
}

/** What an upstream of ours must not say that others reach, and what it needs of us. */
function* remoteFaults(upstream: UpstreamContent, { gateway }: FileContent): Generator<[string, string]> {
  if (gateway.agents === undefined) {
    yield [
      'agent',
      'no agent can connect: gateway.agents is not set; hint: gateway: { agents: { listen: "0.0.0.0:8443" } }',
    ];
  }
  for (const key of ['credential', 'knownHosts', 'ca'] as const) {
    if (upstream[key] !== undefined) yield [key, "belongs into the agent's own configuration, and not here"];
  }
  if (upstream.hostKeys.length > 0) yield ['hostKeys', "belong into the agent's own configuration, and not here"];
  if (upstream.agent !== 'embedded' && upstream.agent.includes('embedded')) {
    yield ['agent', '"embedded" stands alone; hint: an upstream is served here, or by agents that run apart'];
  }
}

function* placeFaults(
  upstream: Partial<UpstreamContent> & Pick<UpstreamContent, 'match' | 'hostKeys'>,
  credentials: FileContent['agent']['credentials'],
): Generator<[string, string]> {
  const { credential: named, url } = upstream;
  const credential = named !== undefined && Object.hasOwn(credentials, named) ? credentials[named] : undefined;
  if (named !== undefined && credential === undefined)
    yield ['credential', 'no entry of agent.credentials has this name'];
  if (url === undefined) yield ['url', 'must be a URL'];
  else yield* upstreamFaults({ ...upstream, url }, credential?.kind);
}

interface Named {
  readonly name: string;
}

/** Paths, records and messages name a provider by its name alone. */
function sameNames(key: string, list: readonly Named[], others: readonly Named[] = []): readonly Fault[] {
  return list.flatMap(({ name }, index) =>
    list.findIndex((other) => other.name === name) === index && !others.some((other) => other.name === name)
      ? []
      : [{ path: ['identity', key, index, 'name'], message: 'two have this name' }],
  );
}

function patternFault(pattern: string): string | undefined {
  const glob = compileGlob(pattern);
  if (!glob.ok) return glob.hint === undefined ? glob.message : `${glob.message}; hint: ${glob.hint}`;
  // Patterns are matched against names without either, so these would silently never match.
  if (pattern.startsWith('/')) return 'a repository has no leading slash here; hint: remove it';
  if (pattern.endsWith('.git')) return 'a repository is named without .git here; hint: remove it';
  return undefined;
}

function publicUrlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL';
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/') {
    return 'must be an origin only, such as https://git.example.com';
  }
  return undefined;
}

type UpstreamContent = FileContent['upstreams'][number];

interface CheckedPlace extends Partial<Omit<UpstreamContent, 'url' | 'match' | 'hostKeys'>> {
  readonly url: string;
  readonly match: string;
  readonly hostKeys: readonly string[];
}

function* upstreamFaults(upstream: CheckedPlace, credential: string | undefined): Generator<[string, string]> {
  const url = URL.parse(upstream.url.replaceAll('{path}', 'p').replaceAll('{repo}', 'p'));
  if (!url || !/^(?:https?|ssh):$/.test(url.protocol) || url.hostname === '') {
    yield [
      'url',
      'must be an http, https or ssh URL; hint: https://git.example.com/{path}, ssh://git@git.example.com/{path}',
    ];
    return;
  }
  const isSsh = url.protocol === 'ssh:';
  if (url.password || (url.username && !isSsh)) {
    yield ['url', 'a credential is never written in a URL; hint: name one of agent.credentials in credential:'];
  }
  if (url.search || url.hash) yield ['url', 'must have no query and no fragment'];
  // The authority must be ours alone: a client's path must never choose the host.
  const authority = /^[a-z]+:\/\/([^/]*)/i.exec(upstream.url)?.[1] ?? '';
  if (/[{}]/.test(authority))
    yield ['url', 'the host cannot depend on the repository; hint: {path} belongs after the host'];
  const placeholders = upstream.url.match(/\{[^}]*\}?/g) ?? [];
  if (placeholders.some((one) => one !== '{path}' && one !== '{repo}')) {
    yield ['url', 'only {path} and {repo} can be filled in'];
  } else if (placeholders.length === 0 && /[*?]/.test(upstream.match)) {
    // Without one, every repository of the pattern would be one and the same upstream repository.
    yield ['url', 'must contain {path} or {repo}, since match covers several repositories; hint: end it with /{path}'];
  }
  if (isSsh && upstream.hostKeys.length === 0 && upstream.knownHosts === undefined) {
    yield [
      'url',
      "an ssh upstream needs hostKeys or knownHosts; hint: `ssh-keyscan HOST` prints them, check them with the server's owner",
    ];
  }
  if (!isSsh && upstream.hostKeys.length > 0) yield ['hostKeys', 'only an ssh upstream has host keys'];
  if (!isSsh && upstream.knownHosts !== undefined) yield ['knownHosts', 'only an ssh upstream has known hosts'];
  if (url.protocol !== 'https:' && upstream.ca !== undefined) yield ['ca', 'only an https upstream has an authority'];
  const isSshCredential = credential === 'ssh-key' || credential === 'ssh-agent';
  if (isSsh && !isSshCredential)
    yield ['credential', 'an ssh upstream needs a credential of kind ssh-key or ssh-agent'];
  if (!isSsh && isSshCredential) yield ['credential', 'an ssh key cannot log in over http; hint: basic or bearer'];
}

/**
 * The group `admin` can always see the queue and administer: nobody locks themselves out with a rule that names another
 * group. Whether its members also push, approve or audit is for `access:` to say: who makes users must not thereby decide on
 * pushes.
 */
const ADMIN_RULE: AccessRule = { repos: ['**'], groups: ['admin'], may: ['read', 'admin'] };

function toConfig(content: FileContent, file: string): Config {
  const base = dirname(file);
  const path = (relative: string) => resolve(base, relative);
  const { publicUrl, http, dataDir, keysDir, retention, agents, ...gateway } = content.gateway;
  return {
    file,
    gateway: {
      ...gateway,
      ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }),
      ...(agents !== undefined && { agents }),
      dataDir: path(dataDir),
      keysDir: path(keysDir),
      retention: { ...(retention.recordings !== undefined && { recordings: retention.recordings }) },
      http: {
        listen: http.listen,
        ...(http.tls && { tls: { certFile: path(http.tls.cert), keyFile: path(http.tls.key) } }),
      },
    },
    upstreams: content.upstreams.map((upstream) => toUpstream(upstream, path)),
    agent: { credentials: toCredentials(content.agent.credentials, path) },
    identity: toIdentity(content.identity, path),
    access: [...content.access, ADMIN_RULE],
    policy: path(content.policy),
    secrets: toSecrets(content.secrets, path),
    ai: toAi(content.ai, path),
  };
}

function toIdentity(
  { anonymous, oidc, workloads, saml, ssh, ...rest }: FileContent['identity'],
  path: (relative: string) => string,
): IdentityConfig {
  const { local, recheck, loginLasts, codingAgents, grants, breakGlass } = rest;
  return {
    local,
    recheck,
    loginLasts,
    ...(anonymous && { anonymous }),
    oidc: oidc.map(({ ca, clientSecret, groupsEndpoint, ...one }) => ({
      ...one,
      ...(ca !== undefined && { ca: path(ca) }),
      ...(groupsEndpoint !== undefined && { groupsEndpoint }),
      ...(clientSecret !== undefined && { clientSecret: toSecret(clientSecret, path) }),
    })),
    workloads: workloads.map(({ ca, ...one }) => ({ ...one, ...(ca !== undefined && { ca: path(ca) }) })),
    saml: saml.map((one) => toSaml(one, { path, secret: (source) => toSecret(source, path) })),
    ssh: toSshIdentity(ssh, path),
    codingAgents,
    grants,
    ...(breakGlass && { breakGlass }),
  };
}

function toSshIdentity(
  { keys, certificates }: FileContent['identity']['ssh'],
  path: (relative: string) => string,
): SshIdentityConfig {
  const { maxAge, ...policy } = keys;
  const { authorities, revoked, ...rest } = certificates;
  return {
    keys: { ...policy, ...(maxAge !== undefined && { maxAge }) },
    certificates: {
      ...rest,
      authorities: authorities.map(path),
      ...(revoked !== undefined && { revoked: path(revoked) }),
    },
  };
}

function toAi({ signers, ...rest }: FileContent['ai'], path: (relative: string) => string): AiConfig {
  return {
    ...rest,
    signers: signers.map(({ name, codingAgent, openpgp, x509 }) => ({
      name,
      ...(codingAgent !== undefined && { codingAgent }),
      key: openpgp === undefined ? { kind: 'x509', file: path(x509 ?? '') } : { kind: 'openpgp', file: path(openpgp) },
    })),
  };
}

function toAgentConfig({ agent, upstreams }: AgentFileContent, file: string): AgentConfig {
  const path = (relative: string) => resolve(dirname(file), relative);
  const { pin, joinToken, stateDir, credentials, ...rest } = agent;
  return {
    ...rest,
    file,
    stateDir: path(stateDir),
    ...(pin !== undefined && { pin }),
    ...(joinToken && { joinToken: toSecret(joinToken, path) }),
    credentials: toCredentials(credentials, path),
    upstreams: upstreams.map((upstream) => toPlace(upstream, path)),
  };
}

function toUpstream(upstream: UpstreamContent, path: (relative: string) => string): UpstreamConfig {
  const { name, match, agent, url = '' } = upstream;
  if (agent !== 'embedded') return { name, match, agent };
  const place: EmbeddedUpstreamConfig = { match, agent, ...toPlace({ ...upstream, url }, path) };
  return place;
}

type PlaceContent = AgentFileContent['upstreams'][number];

function toPlace(
  { name, url, hostKeys, credential, knownHosts, ca }: PlaceContent,
  path: (relative: string) => string,
): UpstreamPlace {
  return {
    name,
    url,
    hostKeys,
    ...(credential !== undefined && { credential }),
    ...(knownHosts !== undefined && { knownHosts: path(knownHosts) }),
    ...(ca !== undefined && { ca: path(ca) }),
  };
}

function toSecrets({ gitleaks, gitleaksIgnore, hashes }: FileContent['secrets'], path: (relative: string) => string) {
  return {
    hashes,
    ...(gitleaks !== undefined && { gitleaks: path(gitleaks) }),
    ...(gitleaksIgnore !== undefined && { gitleaksIgnore: path(gitleaksIgnore) }),
  };
}

type CredentialContent = FileContent['agent']['credentials'][string];

function toCredentials(credentials: FileContent['agent']['credentials'], path: (relative: string) => string) {
  return Object.fromEntries(
    Object.entries(credentials).map(([name, credential]) => [name, toCredential(credential, path)]),
  );
}

function toSecret(source: SecretSource, path: (relative: string) => string): SecretSource {
  return source.kind === 'file' ? { kind: 'file', path: path(source.path) } : source;
}

function toCredential(credential: CredentialContent, path: (relative: string) => string): CredentialConfig {
  const secret = (source: SecretSource) => toSecret(source, path);
  switch (credential.kind) {
    case 'none':
      return credential;
    case 'basic':
      return { ...credential, password: secret(credential.password) };
    case 'bearer':
      return { ...credential, token: secret(credential.token) };
    case 'ssh-key': {
      const { passphrase, ...rest } = credential;
      return {
        ...rest,
        privateKey: secret(credential.privateKey),
        ...(passphrase && { passphrase: secret(passphrase) }),
      };
    }
    case 'ssh-agent': {
      const { socket, ...rest } = credential;
      return { ...rest, ...(socket !== undefined && { socket: path(socket) }) };
    }
    case 'github-app': {
      const { installation, ca, ...rest } = credential;
      return {
        ...rest,
        privateKey: secret(credential.privateKey),
        ...(installation !== undefined && { installation }),
        ...(ca !== undefined && { ca: path(ca) }),
      };
    }
    case 'gitlab': {
      const { url, ...rest } = credential;
      return toOauth({ ...rest, tokenUrl: `${url}/oauth/token`, username: 'oauth2' }, path, secret);
    }
    case 'oauth':
      return toOauth(credential, path, secret);
    case 'command':
      return { kind: 'command', argv: credential.command };
  }
}

type OauthContent = Omit<Extract<CredentialContent, { kind: 'oauth' }>, 'kind'>;

function toOauth(
  { tokenUrl, clientId, username, scope, ca, ...secrets }: OauthContent,
  path: (relative: string) => string,
  secret: (source: SecretSource) => SecretSource,
): CredentialConfig {
  const { clientSecret, refreshToken } = secrets;
  return {
    kind: 'oauth',
    tokenUrl,
    clientId,
    username,
    ...(scope !== undefined && { scope }),
    ...(ca !== undefined && { ca: path(ca) }),
    ...(clientSecret && { clientSecret: secret(clientSecret) }),
    ...(refreshToken && { refreshToken: secret(refreshToken) }),
  };
}

/** Finds the deepest part of the document that exists on the way to a fault: a missing key points at its section. */
function locate(fault: Fault, document: Document.Parsed, lines: LineCounter): ConfigProblem {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const part of fault.path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
      if (!pair) break;
      offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = offsetOf(node) ?? offset;
    } else break;
  }
  return problemAt(lines, offset, formatPath(fault.path), fault.message);
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function problemAt(lines: LineCounter, offset: number, key: string, message: string): ConfigProblem {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, key, message };
}

function formatPath(path: Path): string {
  return path.reduce<string>((out, part) => {
    if (typeof part === 'number') return `${out}[${part}]`;
    return out === '' ? part : `${out}.${part}`;
  }, '');
}

function byPosition(left: ConfigProblem, right: ConfigProblem): number {
  return left.line - right.line || left.column - right.column;
}
