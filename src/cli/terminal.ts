// Rules of everything we print. Answers go to stdout, everything else to stderr. With --json stdout has one document and
// nothing else. No text from outside reaches a terminal with a control character, whatever the door it came in by.
import { RULES_MASKER } from '../domain/secrets/mask-text.ts';
import { visibleText } from '../protocol/bytes.ts';

/** A command that was refused or failed: exit 1. `hint` says what to do next. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** A command that was called wrongly: exit 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
}

/** One line on stdout. */
export function print(text: string): void {
  process.stdout.write(`${visibleText(text)}\n`);
}

/** One line on stderr, without secrets: it may repeat what was typed or what a server said. */
export function printError(text: string): void {
  process.stderr.write(`${visibleText(RULES_MASKER.text(text))}\n`);
}

/** Several lines on stdout; tabs and line ends stay, nothing else does. */
export function printLines(text: string): void {
  for (const line of text.replace(/\n$/, '').split('\n')) {
    process.stdout.write(`${line.split('\t').map(visibleText).join('\t')}\n`);
  }
}

/** The one document of --json. Characters that would act on a terminal are JSON escapes, so the value is the same. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapeJson(JSON.stringify(value, undefined, 2))}\n`);
}

/** Escapes what visibleText would, inside JSON text. Indentation is the only control character outside of strings. */
export function escapeJson(json: string): string {
  let out = '';
  for (const character of json) {
    if (character === '\n' || visibleText(character) === character) out += character;
    else for (let at = 0; at < character.length; at++) out += unicodeEscape(character.charCodeAt(at));
  }
  return out;
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Rows under their headings, columns as wide as they need to be. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map((cell) => visibleText(cell)));
  const widths = headings.map((heading, column) =>
    Math.min(MAX_COLUMN, Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0))),
  );
  for (const row of [headings, ...cells]) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}

/** One long name must not push all other columns off the screen. */
const MAX_COLUMN = 60;

/** An RFC 3339 time without its fraction, for tables. */
export function shortTime(time: string | undefined): string {
  return time === undefined ? '-' : time.replace(/\.\d+Z$/, 'Z');
}
