// The exec string of an SSH session. No shell ever sees it: one service name, one space, ONE argument quoted as git
// quotes (sq_quote: '…' with '\'' and '\!'), or bare when it is made of harmless characters; nothing after it. A
// malformed quote is an attack or a client that does not quote (CVE-2026-5917): refused either way.
import { parseRepoPath, type RepoPath } from './repo-path.ts';

export type SshService = 'git-upload-pack' | 'git-receive-pack' | 'git-upload-archive';

export type SshCommand =
  | {
      readonly kind: 'git';
      readonly service: SshService;
      /** As the client named it; `repo` is the parsed form. */
      readonly path: string;
      readonly repo: RepoPath;
    }
  | {
      readonly kind: 'lfs';
      readonly command: 'git-lfs-authenticate' | 'git-lfs-transfer';
      readonly operation: 'upload' | 'download';
      readonly path: string;
      readonly repo: RepoPath;
    }
  | { readonly kind: 'refused'; readonly refused: string };

const MAX_COMMAND_LENGTH = 4096;

/** What an exec request asks for, or why it is refused. */
export function parseSshCommand(text: string): SshCommand {
  if (text.length > MAX_COMMAND_LENGTH) return refuse('command too long');
  if (/[\x00-\x1f\x7f]/.test(text)) return refuse('control byte in the command');
  const git = /^(?:git-| ?git )(upload-pack|receive-pack|upload-archive) (.*)$/.exec(text);
  if (git !== null) {
    const path = parseArgument(git[2] as string);
    if (path === undefined) return refuse('the repository must be one quoted argument, and nothing after it');
    const repo = parseRepoPath(path);
    if ('refused' in repo) return refuse(`repository path: ${repo.refused}`);
    return { kind: 'git', service: `git-${git[1]}` as SshService, path, repo };
  }
  // git-lfs: `git-lfs-authenticate <path> <operation>`, the path unquoted by some clients.
  const lfs = /^(git-lfs-authenticate|git-lfs-transfer) (.*) (upload|download)$/.exec(text);
  if (lfs !== null) {
    const path = parseArgument(lfs[2] as string);
    if (path === undefined) return refuse('the repository must be one quoted argument');
    const repo = parseRepoPath(path);
    if ('refused' in repo) return refuse(`repository path: ${repo.refused}`);
    return {
      kind: 'lfs',
      command: lfs[1] as 'git-lfs-authenticate' | 'git-lfs-transfer',
      operation: lfs[3] as 'upload' | 'download',
      path,
      repo,
    };
  }
  return refuse('not a git command');
}

function refuse(refused: string): SshCommand {
  return { kind: 'refused', refused };
}

function parseArgument(text: string): string | undefined {
  if (text.startsWith("'")) return unquote(text);
  // Not a leading dash: that would be an option, whatever the service makes of it.
  return /^[A-Za-z0-9._/~+][A-Za-z0-9._/~+-]*$/.test(text) ? text : undefined;
}

/** git's sq_dequote: exactly one argument, no text outside the quotes but `\'` and `\!` between two of them. */
function unquote(text: string): string | undefined {
  let out = '';
  let at = 1;
  for (;;) {
    const end = text.indexOf("'", at);
    if (end === -1) return undefined;
    out += text.slice(at, end);
    if (end === text.length - 1) return out;
    const escaped = text.slice(end + 1, end + 4);
    if (escaped !== "\\''" && escaped !== "\\!'") return undefined;
    out += escaped[1];
    at = end + 4;
  }
}
