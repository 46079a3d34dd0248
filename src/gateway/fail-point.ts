// Seams for the crash tests, set by the environment; without the variables there is nothing here but a function that
// does nothing and a number.
//   SALLYPORT_FAIL_POINT=<name>:<kill|throw|hang|stop>[:<nth>]   what happens at a named step, once
//   SALLYPORT_FAIL_POINT=@<file>                                 the same, read from the file at each step: whoever
//                                                                writes it arms a running gateway
//   SALLYPORT_LEASE_MS=<milliseconds>                            how long a dead owner's relays wait
//   SALLYPORT_LINK_PING_MS=<milliseconds>                        how often an idle link to an agent is tried
import { readFileSync, rmSync } from 'node:fs';
import { FAIL_POINTS, type FailPoint, type FailPointName } from '../conversation/gate.ts';

const ACTIONS = ['kill', 'throw', 'hang', 'stop'] as const;

interface Setting {
  readonly name: string;
  readonly action: (typeof ACTIONS)[number];
  readonly nth: number;
}

export function failPointFrom(setting: string | undefined): FailPoint {
  if (setting === undefined || setting === '') return () => undefined;
  if (setting.startsWith('@')) return fromFile(setting.slice(1));
  const wanted = parse(setting);
  let left = wanted.nth;
  return (at) => {
    if (at !== wanted.name) return undefined;
    left -= 1;
    return left === 0 ? run(wanted.action, at) : undefined;
  };
}

/** The file goes when its point is reached, which is how a test sees that it was. */
function fromFile(file: string): FailPoint {
  return (at) => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch {
      return undefined;
    }
    if (text === '') return undefined;
    const wanted = parse(text);
    if (at !== wanted.name) return undefined;
    rmSync(file, { force: true });
    return run(wanted.action, at);
  };
}

function parse(setting: string): Setting {
  const [name, action, nth = '1'] = setting.split(':');
  const known = ACTIONS.find((one) => one === action);
  if (!FAIL_POINTS.includes(name as FailPointName) || known === undefined || !(Number(nth) >= 1)) {
    throw new Error(`SALLYPORT_FAIL_POINT: no such fail point: ${setting}`);
  }
  return { name: name as FailPointName, action: known, nth: Number(nth) };
}

function run(action: Setting['action'], at: FailPointName): Promise<void> | undefined {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    case 'stop':
      // Goes on here when somebody sends SIGCONT.
      process.kill(process.pid, 'SIGSTOP');
      return undefined;
    case 'throw':
      return Promise.reject(new Error(`fail point ${at}`));
    case 'hang':
      return new Promise(() => {});
  }
}

const LEASE_MS = 60_000;
const LINK_PING_MS = 15_000;

export function leaseMsFrom(setting: string | undefined): number {
  return millisecondsFrom('SALLYPORT_LEASE_MS', setting, LEASE_MS);
}

export function linkPingMsFrom(setting: string | undefined): number {
  return millisecondsFrom('SALLYPORT_LINK_PING_MS', setting, LINK_PING_MS);
}

function millisecondsFrom(name: string, setting: string | undefined, otherwise: number): number {
  if (setting === undefined || setting === '') return otherwise;
  const milliseconds = Number(setting);
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 100) {
    throw new Error(`${name}: not a number of milliseconds: ${setting}`);
  }
  return milliseconds;
}
