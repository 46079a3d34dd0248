// The figures as a table, for the terminal and for RESULTS.md.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { median } from './measure.ts';
import type { Figure, Row } from './rows/row.ts';

/** What the figures were measured on, without saying whose machine it is. */
export function machine(sshServer: string): readonly string[] {
  const processors = cpus();
  const git = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
  return [
    `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${process.platform} ${/^\d+(\.\d+)*/.exec(release())?.[0] ?? ''}, node ${process.versions.node}, ${git}`,
    `upstream over http: git's own http-backend; over ssh: ${sshServer}`,
  ];
}

export function table(rows: readonly Row[]): string {
  const head = ['work', 'door', 'direct', 'gate', 'figure', 'must', 'aim', ''];
  const body = rows.flatMap((row) =>
    row.figures.map((figure, at) => [
      at === 0 ? row.work : '',
      at === 0 ? (row.door ?? '') : '',
      at === 0 ? times(row.samples?.direct) : '',
      at === 0 ? times(row.samples?.gate) : '',
      `${figure.name} ${show(figure)}`,
      bound(figure.must, figure.unit),
      bound(figure.aim, figure.unit),
      judge(figure),
    ]),
  );
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => [...(line[column] ?? '')].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => pad(cell, widths[at] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

export function notes(rows: readonly Row[]): string {
  return rows.map((row) => `- ${[row.work, row.door ?? []].flat().join(', ')}: ${row.notes.join('; ')}`).join('\n');
}

/** True when a figure is worse than it must be. */
export function isMissed(figure: Figure): boolean {
  return !isWithin(figure.value, figure.must);
}

function isWithin(value: number, bounds: Figure['must']): boolean {
  if (bounds === undefined) return true;
  return !(value > (bounds.max ?? Number.POSITIVE_INFINITY)) && !(value < (bounds.min ?? Number.NEGATIVE_INFINITY));
}

function judge(figure: Figure): string {
  if (figure.must === undefined) return '';
  if (isMissed(figure)) return 'missed';
  return figure.aim !== undefined && isWithin(figure.value, figure.aim) ? 'aim met' : 'met';
}

function times(samples: readonly number[] | undefined): string {
  if (samples === undefined || samples.length === 0) return '';
  return `${time(median(samples))} (${time(Math.min(...samples))})`;
}

function time(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function show({ value, unit }: Figure): string {
  if (unit === 'x') return `${value.toFixed(2)}×`;
  if (unit === 'errors') return String(value);
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ${unit}`;
}

function bound(bounds: Figure['must'], unit: Figure['unit']): string {
  const suffix = unit === 'x' ? '×' : unit === 'errors' ? '' : ` ${unit}`;
  if (bounds?.max !== undefined) return `≤ ${bounds.max}${suffix}`;
  if (bounds?.min !== undefined) return `≥ ${bounds.min}${suffix}`;
  return '';
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
