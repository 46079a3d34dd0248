// What is wrong with an installation, and what to mend. Looks, and changes nothing.
import { execFile } from 'node:child_process';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Config, embeddedUpstreams, type LimitsConfig, type UpstreamPlace } from '../../adapters/config/config.ts';
import { isLoopback } from '../../adapters/config/listen.ts';
import { formatProblem, loadConfig } from '../../adapters/config/load.ts';
import { freeSpace } from '../../adapters/disk/free-space.ts';
import { loadAuthorities, loadRevocationList } from '../../adapters/identity/certificate-trust.ts';
import { FINGERPRINT_KEY_FILE } from '../../adapters/keys/fingerprint-key.ts';
import { LOGINS_KEY_FILE } from '../../adapters/keys/logins-key.ts';
import { SESSIONS_KEY_FILE } from '../../adapters/keys/sessions-key.ts';
import { formatProblem as formatPolicyProblem, parsePolicy } from '../../domain/policy/parse-policy.ts';
import { formatSize } from '../../domain/units.ts';
import { type Check, checkSecretFile, codeOf, fault, ok, warning } from '../checks.ts';
import { type ClientOptions, DEFAULT_CONFIG, TOKEN_FILE } from '../client.ts';
import { checkProviders } from '../provider-checks.ts';
import { CommandError, print, printJson } from '../terminal.ts';
import { checkUpstreams } from '../upstream-checks.ts';

const MIN_GIT = [2, 39] as const;
const NETWORK_TIMEOUT = 5000;
const MAX_CLOCK_SKEW = 5 * 60_000;

interface DoctorOptions extends ClientOptions {
  readonly json?: boolean;
  /** One repository, as clients name it. */
  readonly repo?: string;
  /** On an agent's machine: one upstream of its configuration. */
  readonly upstream?: string;
}

export async function doctor(options: DoctorOptions): Promise<void> {
  const { upstream, config, repo } = options;
  if (upstream === undefined) return report(await checkAll(options), options);
  const asked = { upstream, ...(config !== undefined && { config }), ...(repo !== undefined && { repo }) };
  report(await (await import('./doctor-agent.ts')).checkAgent(asked), options);
}

async function checkAll(options: DoctorOptions): Promise<readonly Check[]> {
  const file = resolve(options.config ?? DEFAULT_CONFIG);
  const loaded = await loadConfig(file);
  const checks: Check[] = [await checkGit()];
  if (loaded.outcome === 'problems') {
    for (const problem of loaded.problems) checks.push(fault('config', formatProblem(file, problem), 'mend this line'));
  } else {
    checks.push(ok('config', file));
    checks.push(...(await checkInstallation(loaded.config, options.repo)));
  }
  return checks;
}

function report(checks: readonly Check[], options: DoctorOptions): void {
  const faults = checks.filter((check) => check.status === 'fault').length;
  if (options.json) printJson({ ok: faults === 0, checks });
  else for (const check of checks) printCheck(check);
  if (faults > 0) throw new CommandError(`${faults} ${faults === 1 ? 'fault' : 'faults'} found`);
}

function printCheck({ name, status, detail, hint }: Check): void {
  print(`${status.padEnd(7)}  ${name}: ${detail}`);
  if (hint !== undefined) print(`         hint: ${hint}`);
}

async function checkInstallation(config: Config, repo: string | undefined): Promise<readonly Check[]> {
  const { gateway } = config;
  const files: readonly Promise<Check>[] = [
    checkSecretFile('admin token', join(dirname(config.file), TOKEN_FILE), 'warning'),
    ...['ssh_host_ed25519_key', 'ssh_host_ecdsa_key'].map((name) =>
      checkSecretFile('host key', join(gateway.keysDir, name), 'warning'),
    ),
    checkSecretFile('fingerprint key', join(gateway.keysDir, FINGERPRINT_KEY_FILE), 'warning'),
    checkSecretFile('logins key', join(gateway.keysDir, LOGINS_KEY_FILE), 'warning'),
    checkSecretFile('sessions key', join(gateway.keysDir, SESSIONS_KEY_FILE), 'warning'),
    ...(gateway.http.tls ? [checkSecretFile('tls key', gateway.http.tls.keyFile, 'fault')] : []),
    checkDisk(gateway.dataDir, gateway.limits),
  ];
  return [
    await checkPolicy(config.policy),
    ...(await Promise.all(files)),
    ...checkDoors(config),
    ...checkSshCertificates(config),
    ...(await checkUpstreams(config, repo)),
    ...(await checkProviders(config)),
    await checkClock(config),
  ];
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

async function checkDisk(dataDir: string, { minFreeDisk, maxPackBytes }: LimitsConfig): Promise<Check> {
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    if (((await stat(dataDir)).mode & 0o077) !== 0) {
      return fault('data directory', `${dataDir} can be read by others`, `chmod 700 ${dataDir}`);
    }
    const free = freeSpace(dataDir);
    const detail = `${dataDir}, ${formatSize(free)} free`;
    if (free < minFreeDisk) {
      return fault('data directory', detail, `pushes are refused below ${formatSize(minFreeDisk)}: free some space`);
    }
    // A push is on disk twice while it is inspected: as it arrived, and indexed.
    if (free < minFreeDisk + 2 * maxPackBytes) {
      return warning('data directory', detail, 'too little for one push of maxPackBytes');
    }
    return ok('data directory', detail);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return warning('data directory', `${dataDir} is not there yet`, 'serve makes it');
    }
    return fault('data directory', `${dataDir} cannot be used (${codeOf(error)})`, 'it must belong to the gateway');
  }
}

function* checkDoors(config: Config): Generator<Check> {
  const { http, publicUrl } = config.gateway;
  if (!http.tls && !isLoopback(http.listen.host) && !publicUrl?.startsWith('https:')) {
    const hint = 'set gateway.http.tls, or listen on loopback behind a TLS proxy';
    yield warning('http door', `${http.listen.host} without tls: tokens cross the network in clear`, hint);
  }
}

/** The gateway does not start with a file that it cannot use; later it takes no certificate while that is so. */
function* checkSshCertificates(config: Config): Generator<Check> {
  const { authorities, revoked } = config.identity.ssh.certificates;
  const check = (name: string, file: string, load: (file: string) => unknown): Check => {
    try {
      load(file);
      return ok(name, file);
    } catch (error) {
      if (error instanceof Error && 'code' in error) {
        return fault(name, `${file} cannot be read (${codeOf(error)})`, 'mend identity.ssh.certificates');
      }
      const [detail = '', hint = ''] = (error instanceof Error ? error.message : String(error)).split('\nhint: ');
      return fault(name, detail, hint);
    }
  };
  for (const file of authorities) yield check('ssh authority', file, loadAuthorities);
  if (revoked !== undefined) yield check('ssh revocation list', revoked, loadRevocationList);
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
  const times = (await Promise.all(embeddedUpstreams(config).map(timeAt))).filter((time) => time !== undefined);
  const skew = Math.max(0, ...times.map((time) => Math.abs(time - now)));
  if (skew > MAX_CLOCK_SKEW)
    return fault('clock', `${Math.round(skew / 60_000)} minutes away from an upstream's`, hint);
  return ok('clock', `${new Date(now).toISOString()}${times.length > 0 ? ', as the upstream has it' : ''}`);
}

/** What an upstream over http says the time is (RFC 9110, section 6.6.1). Asked without any credential. */
async function timeAt(upstream: UpstreamPlace): Promise<number | undefined> {
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
