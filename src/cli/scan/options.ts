// What `sallyport scan` was asked to do, checked before anything is read.
import { compileGlob } from '../../domain/policy/glob.ts';
import { SEVERITIES, type Severity } from '../../domain/push/finding.ts';
import { UsageError } from '../terminal.ts';
import type { ScanFormat } from './formats.ts';

/** As the command line has them. */
export interface ScanArguments {
  readonly json?: boolean;
  readonly format?: ScanFormat;
  readonly revRange?: string;
  readonly C?: string;
  readonly severity: string;
  readonly exclude?: readonly string[];
  readonly gitleaksConfig?: string;
  readonly inlineAllow: boolean;
}

export type ScanTarget =
  | { readonly kind: 'input' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'commits'; readonly directory: string; readonly revisions: readonly string[] };

export interface ScanRequest {
  readonly target: ScanTarget;
  readonly format: ScanFormat;
  readonly least: Severity;
  readonly isExcluded: (path: string) => boolean;
  readonly gitleaksConfig: string | undefined;
  readonly obeysInline: boolean;
}

/** Throws UsageError. */
export function scanRequest(path: string | undefined, given: ScanArguments): ScanRequest {
  if (given.json === true && given.format !== undefined && given.format !== 'json') {
    throw new UsageError('--json and another --format: choose one');
  }
  return {
    target: targetOf(path, given),
    format: given.json === true ? 'json' : (given.format ?? 'text'),
    least: severityOf(given.severity),
    isExcluded: exclusion(given.exclude ?? []),
    gitleaksConfig: given.gitleaksConfig,
    obeysInline: given.inlineAllow,
  };
}

function targetOf(path: string | undefined, { revRange, C }: ScanArguments): ScanTarget {
  if (revRange === undefined) {
    if (C !== undefined) throw new UsageError('-C names the repository of --rev-range, which is not given');
    return path === '-' ? { kind: 'input' } : { kind: 'path', path: path ?? '.' };
  }
  if (path === '-' || (path !== undefined && C !== undefined)) {
    throw new UsageError('--rev-range takes a repository, by -C or as the path: not both, and not standard input');
  }
  return { kind: 'commits', directory: C ?? path ?? '.', revisions: revisionsOf(revRange) };
}

/** Options of git that choose commits; any other could make git do something else. */
const CHOOSING =
  /^--(?:all|not|(?:branches|tags|remotes|glob|exclude)(?:=.+)?|(?:max-count|since|until|after|before)=.+)$/;

/** Arguments for git's rev-list; `what` names the argument. Throws UsageError. */
export function revisionsOf(range: string, what = '--rev-range'): readonly string[] {
  const revisions = range.split(/\s+/).filter((one) => one !== '');
  const strange = revisions.find((one) => one.startsWith('-') && !CHOOSING.test(one));
  if (strange !== undefined) throw new UsageError(`${what}: ${strange} is no revision`);
  if (revisions.length > 0) return revisions;
  throw new UsageError(`${what} is empty`, 'for example main..HEAD, HEAD~3.. or --all');
}

function severityOf(text: string): Severity {
  const wanted = text.replace(/^\s*>=\s*/, '').trim();
  const severity = SEVERITIES.find((one) => one === wanted);
  if (severity === undefined) throw new UsageError(`--severity: one of ${SEVERITIES.join(', ')}, with or without >=`);
  return severity;
}

/** A pattern without a slash is for a name anywhere; a directory's pattern is for all that is in it. */
function exclusion(patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.map((pattern) => {
    const bare = pattern.replace(/\/$/, '').replace(/^\.?\//, '');
    const compiled = compileGlob(bare.includes('/') ? bare : `**/${bare}`);
    if (!compiled.ok) throw new UsageError(`--exclude ${pattern}: ${compiled.message}`, compiled.hint);
    return compiled.value;
  });
  return (path) => globs.some((glob) => glob.matches(path));
}
