// What is printed about a labelled corpus.
import type { Quality } from '../../test/domain/secrets/corpus/quality.ts';

const SHOWN = 160;

/** `totals` keeps the lines that went wrong, and whose they were, to itself. */
export function tellCorpus(name: string, quality: Quality, what: 'all' | 'totals'): void {
  if (what === 'all') tellWrong(quality);
  const { files, bytes, tallies, misses, falseFindings, precision, recall } = quality;
  const found = [...tallies.values()].reduce((sum, tally) => sum + tally.found, 0);
  console.log(
    `${name}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${tallies.size} vendors, ` +
      `${found} of ${found + misses.length} secrets, ${falseFindings.length} false findings, ` +
      `precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`,
  );
}

function tellWrong({ tallies, misses, falseFindings }: Quality): void {
  for (const { label, path, line } of misses)
    console.log(`not found: ${label.vendor} ${label.kind}, ${path}: ${shown(line)}`);
  for (const { rule, path, line } of falseFindings) console.log(`false: ${rule}, ${path}: ${shown(line)}`);
  const vendors = [...tallies].toSorted(([a], [b]) => a.localeCompare(b));
  console.log(vendors.map(([vendor, { found, missed }]) => `${vendor} ${found}/${found + missed}`).join(', '));
}

function shown(line: string): string {
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
