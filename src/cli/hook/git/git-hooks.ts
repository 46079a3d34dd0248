// What the hooks of a repository call. None of them fails what git does.
import { readFileSync } from 'node:fs';
import { findRepository } from '../repository.ts';

/** Runs inside the work tree, with git's own environment. */
export async function runGitHook(hook: string, args: readonly string[]): Promise<void> {
  const repository = findRepository(process.cwd());
  if (repository === undefined) return;
  switch (hook) {
    case 'post-commit':
      return (await import('./post-commit.ts')).postCommit(repository);
    case 'post-rewrite':
      return (await import('./post-rewrite.ts')).postRewrite(repository, readFileSync(0, 'utf8'));
    case 'pre-push':
      return (await import('./pre-push.ts')).prePush(repository, args[0] ?? '');
  }
}
