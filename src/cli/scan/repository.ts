// The repository that the command stands in, found as git finds it: also from inside a hook, with objects in quarantine.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gitProgram } from '../../adapters/git/git-process.ts';
import type { ObjectPlace } from '../../domain/secrets/secret-scanner.ts';
import { CommandError, UsageError } from '../terminal.ts';

export interface LocalRepository {
  readonly place: ObjectPlace;
  /** Where its files are; undefined for a bare one. */
  readonly worktree: string | undefined;
}

/** Throws UsageError where there is none. */
export async function findRepository(directory: string): Promise<LocalRepository> {
  const gitDir = await revParse(directory, '--absolute-git-dir');
  if (gitDir === undefined) throw new UsageError(`${directory} is in no git repository`, 'name one with -C');
  const { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } = process.env;
  return {
    worktree: await revParse(directory, '--show-toplevel'),
    place: {
      gitDir,
      ...(objects && { objectDirectory: resolve(directory, objects) }),
      ...(alternates && { alternates: alternates.split(':').map((one) => resolve(directory, one)) }),
    },
  };
}

async function revParse(directory: string, what: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(gitProgram(), ['-C', directory, 'rev-parse', what]);
    return stdout.replace(/\n$/, '') || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return undefined;
    throw new CommandError(`git cannot be run: ${error instanceof Error ? error.message : String(error)}`);
  }
}
