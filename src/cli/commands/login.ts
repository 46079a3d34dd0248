// Logging in and out of gateways. What is kept is in cli/login/login-file.ts.
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Login, openLogins } from '../login/login-file.ts';
import { openBrowser, openLoopback } from '../login/loopback.ts';
import {
  beginAuthorization,
  byCode,
  byDevice,
  GrantError,
  gatewayOrigin,
  revoke,
  startDevice,
} from '../login/oauth.ts';
import { CommandError, print, printError, UsageError } from '../terminal.ts';

export interface LoginOptions {
  readonly gateway?: string;
  readonly device?: boolean;
  /** False: only print where to go. */
  readonly browser?: boolean;
  /** Sets git up to use the login. */
  readonly git?: boolean;
}

const LOGIN_MS = 10 * 60_000;

export async function login(options: LoginOptions): Promise<void> {
  const logins = openLogins();
  const gateway = await gatewayOf(options.gateway, () => logins.gateways());
  const got = options.device ? await withDevice(gateway) : await withBrowser(gateway, options.browser !== false);
  await logins.alone(async () => {
    await logins.remove(gateway);
    await logins.save(got);
  });
  print(`logged in to ${gateway} as ${got.user}`);
  if (options.git) await setUpGit(gateway);
  else print(`for git over https, once: sallyport login --git --gateway ${gateway}`);
}

/** As given; else of the environment; else where one logged in last. */
async function gatewayOf(given: string | undefined, known: () => Promise<readonly string[]>): Promise<string> {
  const wanted = given ?? process.env['SALLYPORT_URL'] ?? (await known())[0];
  if (!wanted) throw new UsageError('which gateway? none is known yet', 'sallyport login --gateway https://…');
  return gatewayOrigin(wanted);
}

async function withBrowser(gateway: string, opens: boolean): Promise<Login> {
  const loopback = await openLoopback();
  try {
    const request = await beginAuthorization(gateway, loopback.redirectUri, hostname());
    printError(opens ? 'log in with your browser; if none opens:' : 'log in with a browser on this machine:');
    printError(`  ${request.url}`);
    const coming = loopback.code({ state: request.state, issuer: gateway }, LOGIN_MS);
    if (opens) openBrowser(request.url);
    return await byCode(gateway, await coming, request);
  } finally {
    loopback.close();
  }
}

async function withDevice(gateway: string): Promise<Login> {
  const codes = await startDevice(gateway, hostname());
  printError(`open ${codes.verification_uri} on any device and type this code:`);
  printError(`  ${codes.user_code}`);
  let interval = codes.interval;
  const until = Date.now() + codes.expires_in * 1000;
  while (Date.now() < until) {
    await pause(interval * 1000);
    const got = await byDevice(gateway, codes.device_code).catch((error: unknown) => {
      if (!(error instanceof GrantError)) throw error;
      // RFC 8628, section 3.5.
      if (error.code === 'slow_down') interval += 5;
      else if (error.code !== 'authorization_pending') throw error;
      return undefined;
    });
    if (got !== undefined) return got;
  }
  throw new CommandError('nobody typed the code in time', 'try again');
}

/** git asks us for a password of this gateway, and keeps none itself. */
async function setUpGit(gateway: string): Promise<void> {
  const key = `credential.${gateway}.helper`;
  const program = fileURLToPath(new URL('../sallyport.mjs', import.meta.url));
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const helper = `!${quoted(process.execPath)} ${quoted(program)} credential`;
  const run = promisify(execFile);
  try {
    // The empty one ends the list of helpers that a wider section names.
    await run('git', ['config', '--global', '--replace-all', key, '']);
    await run('git', ['config', '--global', '--add', key, helper]);
  } catch {
    throw new CommandError('git could not be set up', `git config --global ${key} "${helper}"`);
  }
  print(`git asks sallyport for the password of ${gateway} from now on`);
}

export async function logout(options: Pick<LoginOptions, 'gateway'>): Promise<void> {
  const logins = openLogins();
  const gateway = await gatewayOf(options.gateway, () => logins.gateways());
  const known = await logins.find(gateway);
  // Gone from here whatever the gateway says: a login that cannot be ended there ends by itself.
  const failure = known && (await revoke(gateway, known.refresh).catch((error: unknown) => error));
  const isRemoved = await logins.alone(() => logins.remove(gateway));
  if (!isRemoved) throw new CommandError(`not logged in to ${gateway}`);
  if (failure instanceof Error) printError(`sallyport: ${failure.message}: forgotten here, but not ended there`);
  print(`logged out of ${gateway}`);
}
