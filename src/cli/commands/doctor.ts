// What is wrong with an installation, and what to mend. Looks, and changes nothing.
import { execFile } from 'node:child_process';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Config, CredentialConfig, SecretSource, UpstreamConfig } from '../../adapters/config/config.ts';
import { isLoopback } from '../../adapters/config/listen.ts';
import { formatProblem, loadConfig } from '../../adapters/config/load.ts';
import { readSecret, SecretError } from '../../adapters/config/secret.ts';
import { FINGERPRINT_KEY_FILE } from '../../adapters/keys/fingerprint-key.ts';
import { formatProblem as formatPolicyProblem, parsePolicy } from '../../domain/policy/parse-policy.ts';
import { type ClientOptions, DEFAULT_CONFIG, TOKEN_FILE } from '../client.ts';
import { CommandError, print, printJson } from '../terminal.ts';

interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'fault';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

const MIN_GIT = [2, 39] as const;
const NETWORK_TIMEOUT = 5000;
const MAX_CLOCK_SKEW = 5 * 60_000;
/** Below this even a small push may not fit beside the mirror. */
const MIN_FREE_BYTES = 1024 ** 3;

export async function doctor(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  const file = resolve(options.config ?? DEFAULT_CONFIG);
  const loaded = await loadConfig(file);
  const checks: Check[] = [await checkGit()];
  if (loaded.outcome === 'problems') {
    for (const problem of loaded.problems) checks.push(fault('config', formatProblem(file, problem), 'mend this line'));
  } else {
    checks.push(ok('config', file));
    checks.push(...(await checkInstallation(loaded.config)));
  }
  const faults = checks.filter((check) => check.status === 'fault').length;
  if (options.json) printJson({ ok: faults === 0, checks });
  else for (const check of checks) printCheck(check);
  if (faults > 0) throw new CommandError(`${faults} ${faults === 1 ? 'fault' : 'faults'} found`);
}

function printCheck({ name, status, detail, hint }: Check): void {
  print(`${status.padEnd(7)}  ${name}: ${detail}`);
  if (hint !== undefined) print(`         hint: ${hint}`);
}

async function checkInstallation(config: Config): Promise<readonly Check[]> {
  const { gateway } = config;
  const files: readonly Promise<Check>[] = [
    checkPolicy(config.policy),
    checkSecretFile('admin token', join(dirname(config.file), TOKEN_FILE), 'warning'),
    ...['ssh_host_ed25519_key', 'ssh_host_ecdsa_key'].map((name) =>
      checkSecretFile('host key', join(gateway.keysDir, name), 'warning'),
    ),
    checkSecretFile('fingerprint key', join(gateway.keysDir, FINGERPRINT_KEY_FILE), 'warning'),
    ...(gateway.http.tls ? [checkSecretFile('tls key', gateway.http.tls.keyFile, 'fault')] : []),
    checkDisk(gateway.dataDir, gateway.limits.maxPackBytes),
  ];
  const upstreams = await Promise.all(config.upstreams.map((upstream) => checkUpstream(config, upstream)));
  return [...(await Promise.all(files)), ...checkDoors(config), ...upstreams.flat(), await checkClock(config)];
}

async function checkGit(): Promise<Check> {
  const output = await new Promise<string | undefined>((done) => {
    execFile('git', ['--version'], { timeout: NETWORK_TIMEOUT }, (error, stdout) => done(error ? undefined : stdout));
  });
  const hint = `install git ${MIN_GIT.join('.')} or newer`;
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(output ?? '') ?? [];
  if (major === undefined || minor === undefined) return fault('git', 'cannot be run', hint);
  const version = output?.trim().replace(/^git version /, '') ?? '';
  const isOld = Number(major) < MIN_GIT[0] || (Number(major) === MIN_GIT[0] && Number(minor) < MIN_GIT[1]);
  return isOld ? fault('git', `${version} is too old`, hint) : ok('git', version);
}

async function checkPolicy(file: string): Promise<Check> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return fault('policy', `${file} cannot be read (${codeOf(error)})`, 'the gateway does not start without a policy');
  }
  const parsed = parsePolicy(text);
  if (parsed.ok) return ok('policy', `${file}, ${parsed.policy.rules.length} rules`);
  const [first] = parsed.problems;
  return fault('policy', first ? formatPolicyProblem(file, first) : `${file} is not valid`, 'sallyport policy check');
}

/** A secret that others on the machine can read is no secret. */
async function checkSecretFile(name: string, file: string, whenMissing: Check['status']): Promise<Check> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) === 0) return ok(name, file);
    return fault(name, `${file} can be read by others`, `chmod 600 ${file}, and replace it if it was copied`);
  } catch (error) {
    const isMade = name === 'host key' || name === 'fingerprint key';
    const hint = isMade ? 'the gateway makes it when it starts' : 'sallyport init makes one';
    return { name, status: whenMissing, detail: `${file} cannot be read (${codeOf(error)})`, hint };
  }
}

async function checkDisk(dataDir: string, maxPackBytes: number): Promise<Check> {
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    if (((await stat(dataDir)).mode & 0o077) !== 0) {
      return fault('data directory', `${dataDir} can be read by others`, `chmod 700 ${dataDir}`);
    }
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    const detail = `${dataDir}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
    if (free < MIN_FREE_BYTES) return fault('data directory', detail, 'pushes will be refused: free some space');
    // A push is on disk twice while it is inspected: as it arrived, and indexed.
    if (free < 2 * maxPackBytes) {
      return { name: 'data directory', status: 'warning', detail, hint: 'too little for one push of maxPackBytes' };
    }
    return ok('data directory', detail);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return {
        name: 'data directory',
        status: 'warning',
        detail: `${dataDir} is not there yet`,
        hint: 'serve makes it',
      };
    }
    return fault('data directory', `${dataDir} cannot be used (${codeOf(error)})`, 'it must belong to the gateway');
  }
}

function* checkDoors(config: Config): Generator<Check> {
  const { http, publicUrl } = config.gateway;
  if (!http.tls && !isLoopback(http.listen.host) && !publicUrl?.startsWith('https:')) {
    yield {
      name: 'http door',
      status: 'warning',
      detail: `${http.listen.host} without tls: tokens cross the network in clear`,
      hint: 'set gateway.http.tls, or listen on loopback behind a TLS proxy',
    };
  }
}

async function checkUpstream(config: Config, upstream: UpstreamConfig): Promise<readonly Check[]> {
  const name = `upstream ${upstream.name}`;
  const url = new URL(upstream.url.replaceAll('{path}', 'p').replaceAll('{repo}', 'p'));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const checks = [await checkReachable(name, url, host)];
  const credential = upstream.credential === undefined ? undefined : config.agent.credentials[upstream.credential];
  if (credential) checks.push(await checkCredential(`credential ${upstream.credential}`, credential, config.file));
  if (credential && credential.kind !== 'none' && url.protocol === 'http:' && !isLoopback(host)) {
    const hint = 'use https or ssh';
    checks.push({ name, status: 'warning', detail: 'the credential crosses the network in clear', hint });
  }
  if (url.protocol === 'ssh:' && upstream.hostKeys.length === 0) checks.push(await checkKnownHosts(name, upstream));
  return checks;
}

async function checkReachable(name: string, url: URL, host: string): Promise<Check> {
  const port = Number(url.port) || { 'http:': 80, 'https:': 443, 'ssh:': 22 }[url.protocol] || 0;
  const place = `${host}:${port}`;
  const failure = await new Promise<string | undefined>((done) => {
    const socket = connect({ host, port });
    const end = (result: string | undefined) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(NETWORK_TIMEOUT, () => end('no answer'));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error) => end(codeOf(error)));
  });
  if (failure === undefined) return ok(name, `${place} takes connections`);
  return fault(
    name,
    `${place} cannot be reached (${failure})`,
    'is the url right, is the server up, does a firewall stand between?',
  );
}

async function checkCredential(name: string, credential: CredentialConfig, configFile: string): Promise<Check> {
  try {
    for (const source of secretsOf(credential)) {
      await readSecret(source, configFile);
      if (source.kind === 'file') {
        const check = await checkSecretFile(name, source.path, 'fault');
        if (check.status !== 'ok') return check;
      }
    }
    return ok(name, credential.kind);
  } catch (error) {
    if (error instanceof SecretError) return fault(name, error.message, 'pushes to this upstream will fail without it');
    throw error;
  }
}

function secretsOf(credential: CredentialConfig): readonly SecretSource[] {
  switch (credential.kind) {
    case 'none':
      return [];
    case 'basic':
      return [credential.password];
    case 'bearer':
      return [credential.token];
    case 'ssh-key':
      return credential.passphrase ? [credential.privateKey, credential.passphrase] : [credential.privateKey];
  }
}

async function checkKnownHosts(name: string, upstream: UpstreamConfig): Promise<Check> {
  const file = upstream.knownHosts ?? '';
  const hint = `ssh-keyscan prints the host keys: check them with the server's owner, then put them into ${file}`;
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => /^[^#\s]/.test(line));
    return lines.length > 0 ? ok(name, `${file} has ${lines.length} host keys`) : fault(name, `${file} is empty`, hint);
  } catch (error) {
    return fault(name, `${file} cannot be read (${codeOf(error)})`, hint);
  }
}

/** Tokens, holds and the trail all stand on the clock. Compared with what is at hand: upstreams, and our own past. */
async function checkClock(config: Config): Promise<Check> {
  const now = Date.now();
  const hint = 'set the clock, and keep it with NTP';
  const written = await stat(join(config.gateway.dataDir, 'sallyport.db')).then(
    (stats) => stats.mtimeMs,
    () => 0,
  );
  if (written > now + MAX_CLOCK_SKEW) return fault('clock', 'the store was written in what is now the future', hint);
  const times = (await Promise.all(config.upstreams.map(timeAt))).filter((time) => time !== undefined);
  const skew = Math.max(0, ...times.map((time) => Math.abs(time - now)));
  if (skew > MAX_CLOCK_SKEW)
    return fault('clock', `${Math.round(skew / 60_000)} minutes away from an upstream's`, hint);
  return ok('clock', `${new Date(now).toISOString()}${times.length > 0 ? ', as the upstream has it' : ''}`);
}

/** What an upstream over http says the time is (RFC 9110, section 6.6.1). Asked without any credential. */
async function timeAt(upstream: UpstreamConfig): Promise<number | undefined> {
  const { origin, protocol } = new URL(upstream.url.replaceAll('{path}', 'p').replaceAll('{repo}', 'p'));
  if (protocol === 'ssh:') return undefined;
  try {
    const signal = AbortSignal.timeout(NETWORK_TIMEOUT);
    const response = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal });
    const time = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined; // whether it can be reached is another check
  }
}

function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail };
}

function fault(name: string, detail: string, hint: string): Check {
  return { name, status: 'fault', detail, hint };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code != null ? String(error.code) : 'unexpected error';
}
