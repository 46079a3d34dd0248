// What is said of a session as a whole, as far as git knows it.
import type { SessionFacts } from '../../../domain/attribution/sessions/session-event.ts';
import { parseRepoPath } from '../../../protocol/repo-path.ts';
import { askGit } from '../git/run-git.ts';
import type { Session } from '../state/sessions.ts';

const MAX_NAME = 256;

/** The parts that are the same for all sessions of a repository. */
export function surroundingFacts(top: string): Pick<SessionFacts, 'repo' | 'human'> {
  const repo = repoOf(askGit(top, 'config', '--get', 'remote.origin.url') ?? firstRemote(top));
  const human = humanOf(top);
  return { ...(repo !== undefined && { repo }), ...(human !== undefined && { human }) };
}

/** `Name <email>` of who commits here. */
export function humanOf(top: string): string | undefined {
  const [, human] = /^(.+ <[^<>]+>) \d+ [+-]\d{4}$/.exec(askGit(top, 'var', 'GIT_AUTHOR_IDENT') ?? '') ?? [];
  return human !== undefined && human.length <= MAX_NAME ? human : undefined;
}

export function factsOf(session: Session, around: Pick<SessionFacts, 'repo' | 'human'>): SessionFacts {
  const { promptId: _, ...facts } = session;
  return { ...facts, ...around };
}

/** The path part of a remote's address, of any form that git knows. */
export function repoOf(remote: string | undefined): string | undefined {
  if (remote === undefined) return undefined;
  const url = URL.parse(remote);
  const path = url && /^(?:https?|ssh|git):$/.test(url.protocol) ? url.pathname : /^[^/:]+:(.+)$/.exec(remote)?.[1];
  const parsed = path === undefined ? undefined : parseRepoPath(path);
  return parsed === undefined || 'refused' in parsed ? undefined : parsed.repo;
}

function firstRemote(top: string): string | undefined {
  const [line] = askGit(top, 'config', '--get-regexp', '^remote\\..*\\.url$')?.split('\n') ?? [];
  return line?.slice(line.indexOf(' ') + 1);
}
