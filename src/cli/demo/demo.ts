// The demo: a Git server over http and one over ssh, the gate in front of both, and people to be. Either it stays and
// says what to type, or it plays the story by itself and judges every step of it.
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { stopSignal } from '../stop-signal.ts';
import { CommandError, print, printError, UsageError } from '../terminal.ts';
import { asTyped } from './cast.ts';
import { guide } from './guide.ts';
import { checkPort, checkPrograms } from './preflight.ts';
import { isDemo, openStage, type Stage } from './stage.ts';
import { playStory } from './story.ts';

interface DemoOptions {
  readonly script?: boolean;
  readonly dir?: string;
  readonly httpPort?: number;
  readonly sshPort?: number;
}

const HTTP_PORT = 8080;
const SSH_PORT = 2222;

/** Runs the demo to its end; answers the exit code. */
export async function demo(args: readonly string[]): Promise<number> {
  try {
    const options = parse(args);
    return options.script === true ? await runScript(options) : await runInteractive(options);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommandError)) throw error;
    printError(`sallyport demo: ${error.message}`);
    if (error.hint !== undefined) printError(`hint: ${error.hint}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function parse(args: readonly string[]): DemoOptions {
  return new Command('npm run demo --')
    .description('A whole Sallyport on this machine: Git servers, gate and people, on loopback alone')
    .option('--script', 'play the story in this terminal; exit 0 only if every step did what it says')
    .option('--dir <dir>', 'keep everything here, and go on with what is here; default: a new temporary directory')
    .option('--http-port <port>', `default ${HTTP_PORT}, with --script any free one; 0 = any free one`, port)
    .option('--ssh-port <port>', `default ${SSH_PORT}, with --script any free one; 0 = any free one`, port)
    .exitOverride()
    .parse([...args], { from: 'user' })
    .opts<DemoOptions>();
}

async function runInteractive(options: DemoOptions): Promise<number> {
  const stopped = stopSignal();
  const stage = await raise(options, { http: HTTP_PORT, ssh: SSH_PORT });
  try {
    for (const line of guide(stage)) print(line);
    const signal = await stopped;
    print('');
    print(`${signal}: stopping`);
  } finally {
    await stage.close();
  }
  print(`the demo has ended; everything is in ${stage.directory}`);
  const typed = asTyped(stage.directory);
  print(`go on with it: npm run demo -- --dir ${typed}    or remove it: rm -r ${typed}`);
  return 0;
}

async function runScript(options: DemoOptions): Promise<number> {
  if (options.dir !== undefined && !(await isEmpty(directoryOf(options.dir)))) {
    throw new UsageError(`${options.dir} is not empty`, 'the story begins at its beginning: name a new directory');
  }
  const stage = await raise(options, { http: 0, ssh: 0 });
  const aborted = new AbortController();
  void stopSignal().then(() => aborted.abort());
  let isGood = false;
  try {
    isGood = await playStory(stage, aborted.signal);
  } finally {
    await stage.close();
  }
  if (isGood && options.dir === undefined) await rm(stage.directory, { recursive: true, force: true, maxRetries: 3 });
  else print(`everything is in ${stage.directory}`);
  return isGood ? 0 : 1;
}

async function raise(options: DemoOptions, defaults: { readonly http: number; readonly ssh: number }): Promise<Stage> {
  await checkPrograms();
  const httpPort = options.httpPort ?? defaults.http;
  const sshPort = options.sshPort ?? defaults.ssh;
  await checkPort(httpPort, '--http-port');
  await checkPort(sshPort, '--ssh-port');
  const directory =
    options.dir === undefined
      ? await mkdtemp(join(await realpath(tmpdir()), 'sallyport-demo-'))
      : directoryOf(options.dir);
  if (!(await isEmpty(directory)) && !(await isDemo(directory))) {
    throw new CommandError(`${directory} is not empty, and no demo`, 'name a new directory: it is filled by the demo');
  }
  return openStage({ directory, httpPort, sshPort });
}

/** npm runs us in the checkout, wherever it was called; INIT_CWD is where that was. */
function directoryOf(dir: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', dir);
}

async function isEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw new CommandError(`${directory} is no directory that can be read`, 'name another one');
  }
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Must be a port, 0 to 65535.');
  return Number(text);
}
