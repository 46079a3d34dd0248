import { open, stat } from 'node:fs/promises';
import { formatProblem, parsePolicy } from '../../domain/policy/parse-policy.ts';
import { type ClientOptions, DEFAULT_CONFIG, loadLocalConfig } from '../client.ts';
import { CommandError, print, printError } from '../terminal.ts';

const MAX_POLICY_BYTES = 4 * 1024 * 1024;

/** Validates a policy without a gateway, as a pre-commit hook or CI would. */
export async function checkPolicy(file: string | undefined, options: ClientOptions): Promise<void> {
  const path = file ?? (await configuredPolicy(options));
  const parsed = parsePolicy(await readPolicy(path));
  if (parsed.ok) {
    const { length } = parsed.policy.rules;
    return print(`${path}: ok, ${length} ${length === 1 ? 'rule' : 'rules'}, digest ${parsed.digest}`);
  }
  for (const problem of parsed.problems) printError(formatProblem(path, problem));
  process.exitCode = 1;
}

/** The policy that the configuration names; without one, the file of the usual name. */
async function configuredPolicy(options: ClientOptions): Promise<string> {
  if (options.config !== undefined || (await exists(DEFAULT_CONFIG))) return (await loadLocalConfig(options)).policy;
  return 'policy.yaml';
}

async function readPolicy(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    if ((await file.stat()).size > MAX_POLICY_BYTES) throw new CommandError(`${path} is too large for a policy`);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    throw new CommandError(`${path} cannot be read (${code})`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
