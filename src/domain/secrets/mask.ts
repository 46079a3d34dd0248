// The one place that masks. What is left tells a reader which credential it is, and never how to use it.

/** At most this part of a value is shown, its public prefix included. */
const SHOWN = 4;
const TAIL = 4;
/** Shorter values show nothing: a quarter of a password is too much. */
const MIN_SHOWN = 16;
const MARK = '…';

/**
 * `value` with all but its public prefix (`prefixLength` characters) and a few last characters taken out; at most a quarter
 * of it remains. Several lines leave only what their first line shows.
 */
export function mask(value: string, prefixLength = 0): string {
  const line = value.split(/[\r\n]/, 1)[0] as string;
  const budget = value.length < MIN_SHOWN ? 0 : Math.floor(value.length / SHOWN);
  if (value.startsWith(ARMOUR)) return ARMOUR_LABEL.exec(line)?.[0].concat(MARK) ?? MARK;
  const head = printable(line.slice(0, Math.min(prefixLength, budget)));
  const room = line.length === value.length ? Math.min(TAIL, budget - head.length) : 0;
  return head + MARK + (room > 0 ? printable(value.slice(-room)) : '');
}

/** A stretch of text to be masked. */
export interface Masked {
  readonly start: number;
  readonly end: number;
  readonly body: number;
}

/** `text` (one character a byte) with every stretch masked. They are in order and do not overlap. */
export function maskAll(text: string, stretches: readonly Masked[]): string {
  let masked = '';
  let done = 0;
  for (const { start, end, body } of stretches) {
    masked += text.slice(done, start) + mask(text.slice(start, end), body - start);
    done = end;
  }
  return masked + text.slice(done);
}

const ARMOUR = '-----BEGIN ';
const ARMOUR_LABEL = /^-----BEGIN [A-Z0-9 ]{1,40}-----/;

/** Terminals and pages must not be steered by what was found. */
function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?');
}
