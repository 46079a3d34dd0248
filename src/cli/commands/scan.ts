// `sallyport scan`: the gate's secret scanner on what has not been pushed yet. Exit: 0 nothing found, 1 found something,
// 2 called wrongly, or nothing was found but not everything could be read.
import { randomBytes } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGitleaks, loadGitleaksIgnore } from '../../adapters/scanner/gitleaks-files.ts';
import { openScanner, type Scanner } from '../../adapters/scanner/open-scanner.ts';
import { ScannerError } from '../../adapters/scanner/scanner-error.ts';
import { objectScannerOf, type ScannerSettings } from '../../adapters/scanner/settings.ts';
import type { GitleaksIgnore } from '../../domain/secrets/gitleaks/ignore-file.ts';
import { ALL_RULES } from '../../domain/secrets/rules/all.ts';
import { type ScanArguments, type ScanRequest, scanRequest } from '../scan/options.ts';
import { openProgress } from '../scan/progress.ts';
import { openReport } from '../scan/report.ts';
import { findRepository, type LocalRepository } from '../scan/repository.ts';
import { ScanRun } from '../scan/run.ts';
import { scanCommits } from '../scan/scan-commits.ts';
import { scanInput } from '../scan/scan-input.ts';
import { countFiles, scanFile, scanTree } from '../scan/scan-tree.ts';
import { Sieve } from '../scan/sieve.ts';
import { CommandError, printError, UsageError } from '../terminal.ts';

export async function scan(path: string | undefined, given: ScanArguments): Promise<void> {
  const request = scanRequest(path, given);
  const source = await sourceOf(request);
  const { settings, ignore } = await gitleaksOf(request, source.root);
  const report = openReport(request.format, ALL_RULES, (text) => process.stdout.write(text));
  const sieve = new Sieve({ least: request.least, obeysInline: request.obeysInline, ignore });
  const unit = source.kind === 'commits' ? 'objects' : 'files';
  const run = new ScanRun(
    report,
    sieve,
    openProgress(unit, process.stderr, () => performance.now()),
  );
  const scanner = openScanner(settings);
  try {
    await scanSource(source, scanner, settings, request, run);
  } catch (error) {
    if (error instanceof ScannerError) throw new CommandError(error.message, 'what was not scanned may hold secrets');
    throw error;
  } finally {
    await scanner.close();
  }
  run.end();
  summarise(request, run, sieve);
  process.exitCode = run.found > 0 ? 1 : run.unreadable > 0 ? 2 : 0;
}

/** What is scanned, found to be there. `root`: where a `.gitleaks.toml` may lie. */
type Source =
  | { readonly kind: 'input'; readonly root: undefined }
  | { readonly kind: 'file'; readonly file: string; readonly path: string; readonly root: undefined }
  | { readonly kind: 'tree'; readonly root: string }
  | {
      readonly kind: 'commits';
      readonly root: string | undefined;
      readonly repository: LocalRepository;
      readonly revisions: readonly string[];
    };

async function sourceOf({ target }: ScanRequest): Promise<Source> {
  if (target.kind === 'input') return { kind: 'input', root: undefined };
  if (target.kind === 'commits') {
    const repository = await findRepository(target.directory);
    return { kind: 'commits', root: repository.worktree, repository, revisions: target.revisions };
  }
  const { path } = target;
  try {
    // A link that somebody names is meant to be followed; those inside are not.
    const file = await realpath(path);
    const isDirectory = (await stat(file)).isDirectory();
    return isDirectory ? { kind: 'tree', root: file } : { kind: 'file', file, path, root: undefined };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    throw new UsageError(`${path} cannot be read (${code})`);
  }
}

async function scanSource(
  source: Source,
  scanner: Scanner,
  settings: ScannerSettings,
  request: ScanRequest,
  run: ScanRun,
): Promise<void> {
  switch (source.kind) {
    case 'input':
      return scanInput(objectScannerOf(settings), process.stdin, run);
    case 'file':
      return scanFile(scanner, source.file, source.path, run);
    case 'commits':
      return scanCommits(scanner, source.repository.place, source.revisions, run);
    case 'tree':
      return scanCounted(source.root, scanner, request, run);
  }
}

/** Counts beside the scan where somebody watches. */
async function scanCounted(root: string, scanner: Scanner, { isExcluded }: ScanRequest, run: ScanRun): Promise<void> {
  const stop = new AbortController();
  if (process.stderr.isTTY) {
    void countFiles(root, isExcluded, stop.signal).then(
      (count) => {
        run.total = count;
      },
      () => {}, // the scan meets the same trouble and tells it
    );
  }
  await scanTree(scanner, root, isExcluded, run).finally(() => stop.abort());
}

/** `.gitleaks.toml` and `.gitleaksignore` at the root, or what --gitleaks-config names. */
async function gitleaksOf(request: ScanRequest, root: string | undefined) {
  const file = request.gitleaksConfig ?? (await presentFile(root, '.gitleaks.toml'));
  const ignoreFile = await presentFile(root, '.gitleaksignore');
  const loaded = file === undefined ? undefined : await loadGitleaks(file);
  if (loaded?.ok === false) {
    throw new UsageError(loaded.problems.join('\n'), 'nothing was scanned: rules that are left out find nothing');
  }
  const ignored = ignoreFile === undefined ? undefined : await readIgnore(ignoreFile);
  for (const warning of [...(loaded?.warnings ?? []), ...(ignored?.warnings ?? [])])
    printError(`sallyport: ${warning}`);
  const settings: ScannerSettings = { fingerprintKey: randomBytes(32), ...(loaded && { gitleaks: loaded.texts }) };
  return { settings, ignore: ignored?.ignore };
}

async function readIgnore(file: string): Promise<{ ignore: GitleaksIgnore; warnings: readonly string[] }> {
  try {
    return await loadGitleaksIgnore(file);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function presentFile(root: string | undefined, name: string): Promise<string | undefined> {
  if (root === undefined) return undefined;
  const file = join(root, name);
  return stat(file).then(
    () => file,
    () => undefined,
  );
}

function summarise({ format, least }: ScanRequest, run: ScanRun, { left }: Sieve): void {
  const hidden = [
    ...(left.severity > 0 ? [`${left.severity} below ${least} (see --severity)`] : []),
    ...(left.comment > 0 ? [`${left.comment} allowed by comments (see --no-inline-allow)`] : []),
    ...(left.ignore > 0 ? [`${left.ignore} by .gitleaksignore`] : []),
  ];
  if (hidden.length > 0) printError(`sallyport: not shown: ${hidden.join(', ')}`);
  if (format !== 'text') return;
  const size = `${run.done} ${run.done === 1 ? 'object' : 'objects'}, ${(run.bytes / 1e6).toFixed(1)} MB`;
  if (run.found === 0) printError(`sallyport: no secrets found (${size})`);
  else {
    printError(`sallyport: ${run.found} ${run.found === 1 ? 'secret' : 'secrets'} found (${size})`);
    printError('hint: take them out, and revoke whatever was pushed or shared before');
  }
}
