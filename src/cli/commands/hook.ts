// Hooks on the command line: putting them in, taking them out, and how they are doing.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { HOOK_AGENTS, type HookAgent, loadAgent } from '../hook/agents.ts';
import { hasHooks, snippet, withHooks, withoutHooks } from '../hook/install/agent-config.ts';
import { GIT_HOOKS, hooksFolder, installGitHook, isInstalled, uninstallGitHook } from '../hook/install/git-hooks.ts';
import { bytesOf, Manifest, replace } from '../hook/install/manifest.ts';
import { findRepository, type Repository } from '../hook/repository.ts';
import { countQueued } from '../hook/send/queue.ts';
import { readStatus } from '../hook/send/status-file.ts';
import { namesIn, remove } from '../hook/state/disk.ts';
import { placesOf } from '../hook/state/places.ts';
import { CommandError, print, printError, printJson, printLines, printTable, UsageError } from '../terminal.ts';

interface HookOptions {
  readonly codingAgent?: readonly string[];
  readonly repo?: boolean;
}

interface Target {
  readonly agent: HookAgent;
  readonly file: string;
}

export async function installHooks(options: HookOptions & { readonly dryRun?: boolean }): Promise<void> {
  const repository = findRepository(process.cwd());
  const targets = targetsOf(options, repository);
  if (targets.length === 0) {
    throw new UsageError('no coding agent was found here', `name one with --coding-agent: ${HOOK_AGENTS.join(', ')}`);
  }
  const manifest = new Manifest(manifestFile(options, repository));
  const refused = targets.filter((target) => !installTarget(target, manifest, options.dryRun === true));
  const isGitRefused = repository !== undefined && !installInGit(repository, options.dryRun === true);
  if (refused.length > 0 || isGitRefused) process.exitCode = 1;
}

export async function uninstallHooks(options: HookOptions): Promise<void> {
  const repository = findRepository(process.cwd());
  const manifest = new Manifest(manifestFile(options, repository));
  const targets = targetsOf({ ...options, codingAgent: options.codingAgent ?? HOOK_AGENTS }, repository);
  if (!targets.map((target) => uninstallTarget(target, manifest)).every(Boolean)) process.exitCode = 1;
  // Hooks of the repository serve all agents: they go with the last of them.
  const folder = repository === undefined || options.codingAgent !== undefined ? undefined : hooksFolder(repository);
  if (folder === undefined || 'refused' in folder) return;
  for (const name of GIT_HOOKS) if (uninstallGitHook(folder.folder, name)) print(`taken out: git hook ${name}`);
}

function targetsOf({ codingAgent, repo }: HookOptions, repository: Repository | undefined): Target[] {
  if (repo === true && repository === undefined) throw new UsageError('this is no git repository');
  const names = codingAgent ?? HOOK_AGENTS.filter((name) => isUsed(name));
  return names.map((name) => {
    const agent = loadAgent(name);
    if (agent === undefined) throw new UsageError(`no such coding agent: ${name}`, `one of ${HOOK_AGENTS.join(', ')}`);
    const top = repo === true ? repository?.top : undefined;
    return { agent, file: top === undefined ? globalFile(agent) : join(top, agent.files.repo) };
  });
}

function globalFile({ files }: HookAgent): string {
  return join(homedir(), files.global.slice('~/'.length));
}

/** Who has a directory for its settings is used. */
function isUsed(name: string): boolean {
  const agent = loadAgent(name) as HookAgent;
  const folder = dirname(globalFile(agent));
  return existsSync(agent.shape === 'matched' || agent.shape === 'listed' ? folder : dirname(folder));
}

function manifestFile({ repo }: HookOptions, repository: Repository | undefined): string {
  if (repo === true && repository !== undefined) return join(repository.commonDir, 'sallyport', 'installed.json');
  return join(homedir(), '.config', 'sallyport', 'installed-hooks.json');
}

/** False when it was refused. */
function installTarget({ agent, file }: Target, manifest: Manifest, isDry: boolean): boolean {
  const there = bytesOf(file)?.toString('utf8');
  const changed = withHooks(agent, there);
  if (changed.outcome !== 'text') {
    const why = changed.outcome === 'refused' ? changed.why : 'it is empty';
    printError(`sallyport: ${agent.title}: ${file} is left as it is: ${why}`);
    printError('hint: add this by hand:');
    printLines(snippet(agent));
    return false;
  }
  if (changed.text === there) print(`unchanged: ${agent.title}: ${file}`);
  else if (isDry) {
    print(`would write: ${agent.title}: ${file}`);
    printLines(changed.text);
  } else {
    manifest.write(file, changed.text);
    print(`installed: ${agent.title}: ${file}`);
    if (agent.hint !== undefined) print(`  ${agent.hint}`);
  }
  return true;
}

function installInGit(repository: Repository, isDry: boolean): boolean {
  const found = hooksFolder(repository);
  if ('refused' in found) {
    printError(`sallyport: the hooks of this repository are left as they are: ${found.refused}`);
    printError(`hint: call \`sallyport hook NAME\` in the hooks ${GIT_HOOKS.join(', ')} there`);
    return false;
  }
  for (const name of GIT_HOOKS) {
    const file = join(found.folder, name);
    if (isDry) print(`would write: git hook: ${file}`);
    else print(`${installGitHook(found.folder, name) ? 'installed' : 'unchanged'}: git hook: ${file}`);
  }
  return true;
}

function uninstallTarget({ agent, file }: Target, manifest: Manifest): boolean {
  const there = bytesOf(file)?.toString('utf8');
  if (there === undefined || !/record\.mjs/.test(there)) return true;
  if (manifest.restore(file)) {
    print(`taken out: ${agent.title}: ${file}, as it was before`);
    return true;
  }
  const changed = withoutHooks(agent, there);
  if (changed.outcome === 'refused') {
    printError(`sallyport: ${agent.title}: ${file} is left as it is: ${changed.why}`);
    return false;
  }
  manifest.forget(file);
  if (changed.outcome === 'empty') remove(file);
  else replace(file, Buffer.from(changed.text));
  print(`taken out: ${agent.title}: ${file}`);
  return true;
}

export async function hookStatus({ json }: { readonly json?: boolean }): Promise<void> {
  const repository = findRepository(process.cwd());
  const agents = HOOK_AGENTS.map((name) => {
    const agent = loadAgent(name) as HookAgent;
    const state = (file: string | undefined) => installedState(agent, file);
    const inRepo = repository && join(repository.top, agent.files.repo);
    return { codingAgent: name, global: state(globalFile(agent)), repo: state(inRepo) };
  });
  const folder = repository && hooksFolder(repository);
  const inFolder = (name: string) => folder !== undefined && 'folder' in folder && isInstalled(folder.folder, name);
  const gitHooks = Object.fromEntries(GIT_HOOKS.map((name) => [name, inFolder(name)]));
  const places = repository && placesOf(repository);
  const recorder = places && {
    sessions: namesIn(places.sessions).length,
    files: namesIn(places.files).length,
    waiting: countQueued(places.queue),
    ...readStatus(places.status),
  };
  if (json) return printJson({ agents, gitHooks, recorder });
  printTable(
    ['CODING AGENT', 'GLOBAL', 'REPO'],
    agents.map(({ codingAgent, global, repo }) => [codingAgent, global, repo]),
  );
  if (recorder === undefined) return print('this is no git repository');
  for (const [name, isThere] of Object.entries(gitHooks)) print(`git hook ${name}: ${isThere ? 'installed' : '-'}`);
  print(`sessions recorded here: ${recorder.sessions}, files followed: ${recorder.files}`);
  print(`waiting to be sent: ${recorder.waiting}; events sent: ${recorder.sentEvents}; dropped: ${recorder.dropped}`);
  if (recorder.lastError !== undefined) print(`last failure: ${recorder.lastError}`);
}

function installedState(agent: HookAgent, file: string | undefined): string {
  const text = file === undefined ? undefined : bytesOf(file)?.toString('utf8');
  if (text === undefined) return '-';
  if (hasHooks(agent, text)) return 'installed';
  return text.includes('hook/record.mjs') ? 'outdated' : '-';
}

export async function flushQueue(): Promise<void> {
  const repository = findRepository(process.cwd());
  if (repository === undefined) throw new UsageError('this is no git repository');
  await (await import('../hook/send/flush.ts')).flush(repository);
  const places = placesOf(repository);
  const waiting = countQueued(places.queue);
  const { sentEvents, lastError } = readStatus(places.status);
  if (waiting > 0) throw new CommandError(`${waiting} records still wait: ${lastError ?? 'the gateway was too slow'}`);
  print(`nothing waits; ${sentEvents} events sent so far`);
}

/** As the small entry: never fails whoever calls it. */
export async function runHook(args: readonly string[]): Promise<void> {
  try {
    await (await import('../hook/run.ts')).run(args);
  } catch (error) {
    if (process.env['SALLYPORT_DEBUG'])
      printError(`sallyport: ${error instanceof Error ? error.message : String(error)}`);
  }
}
