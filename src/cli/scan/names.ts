// Names of files may hold secrets too. They are scanned like everything else, and told masked.
import type { SecretFinding, SecretScanner } from '../../domain/secrets/secret-scanner.ts';
import { encodeBytes } from '../../protocol/bytes.ts';

export interface Name {
  /** The path, fit to be told. */
  readonly shown: string;
  readonly findings: readonly SecretFinding[];
}

/** One answer a path, in order. */
export async function scanNames(scanner: SecretScanner, paths: readonly string[]): Promise<readonly Name[]> {
  const lines = paths.map((path) => encodeBytes(path.replaceAll('\n', ' ')));
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const [scan] = await scanner.scanObjects([{ bytes }]);
  const byLine = Map.groupBy(scan?.findings ?? [], ({ line }) => line);
  return paths.map((path, at) => {
    const findings = byLine.get(at + 1) ?? [];
    return { shown: findings.length === 0 ? path : masked(lines[at] as Buffer, findings), findings };
  });
}

function masked(line: Buffer, findings: readonly SecretFinding[]): string {
  let [text, done] = ['', 0];
  for (const { column, endLine, line: at, endColumn, masked: value } of findings.toSorted(
    (a, b) => a.column - b.column,
  )) {
    if (column - 1 < done) continue;
    text += line.toString('utf8', done, column - 1) + value;
    done = endLine === at ? endColumn : line.length;
  }
  return text + line.toString('utf8', done);
}

/** The finding's path with the object's own part as it is shown. */
export function shownPath(finding: { readonly path: string }, path: string, shown: string): string {
  return shown + finding.path.slice(path.length);
}
