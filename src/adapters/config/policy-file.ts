// The policy in force, read from its file. A file that changes is read again before the next push is judged; one that
// cannot be read or does not parse changes nothing: the policy before it stays, loudly.
import { readFileSync, statSync } from 'node:fs';
import { formatProblem, parsePolicy } from '../../domain/policy/parse-policy.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Log } from '../log/log.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly text: string;
  /** Hex SHA-256 of the text. */
  readonly digest: string;
}

export interface PolicyFile {
  current(): LoadedPolicy;
}

/** Throws, with every problem and its line, when the policy at start cannot be used. */
export function openPolicyFile(file: string, log: Log, onChange: (policy: LoadedPolicy) => void): PolicyFile {
  let stamp = stampOf(file);
  let loaded = load(file);
  return {
    current() {
      const now = stampOf(file);
      if (now === stamp) return loaded;
      stamp = now;
      try {
        const changed = load(file);
        if (changed.digest !== loaded.digest) {
          loaded = changed;
          onChange(loaded);
        }
      } catch (error) {
        log.error({ file, problem: String(error) }, 'the changed policy cannot be used, the one before stays in force');
      }
      return loaded;
    },
  };
}

function load(file: string): LoadedPolicy {
  const text = readFileSync(file, 'utf8');
  const parsed = parsePolicy(text);
  if (!parsed.ok) {
    throw new Error(parsed.problems.map((problem) => formatProblem(file, problem)).join('\n'));
  }
  return { policy: parsed.policy, text, digest: parsed.digest };
}

/** Changes whenever the file does; reading it is cheap enough for every push. */
function stampOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'absent' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
