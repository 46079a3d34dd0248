// Findings of an object that was looked at through windows, put together: places as in the whole, each finding once.
import type { Range } from './layers/layer.ts';
import type { ObjectScan, SecretFinding, UninspectedThing } from './secret-scanner.ts';
import { MAX_FINDINGS } from './sighting-list.ts';

const LF = 0x0a;

export class WindowFindings {
  readonly #path: string;
  readonly #findings: SecretFinding[] = [];
  readonly #missed = new Map<string, UninspectedThing>();
  readonly #known = new Set<string>();
  /** Of the window's first byte, in the object. */
  #offset = 0;
  /** Lines before the window, and where the line that it begins in begins. */
  #lines = 0;
  #lineStart = 0;
  /** In the window: what begins before is the last one's. */
  #from = 0;
  #isPathMissed = false;

  /** `isPacked`: it should have been looked at as a whole and is too large for that. */
  constructor(path: string, isPacked: boolean) {
    this.#path = path;
    if (isPacked)
      this.#miss({ reason: 'too-large', path, text: 'not inspected: the inside of an archive of this size' });
  }

  /** Takes over what begins before `to` in the window; the next window begins at `next` of this one. */
  add(scan: ObjectScan, bytes: Buffer, next: number, to: number): void {
    this.#take(scan, to);
    this.#advance(bytes, next);
    this.#from = to - next;
  }

  end(scan: ObjectScan, bytes: Buffer): ObjectScan {
    this.#take(scan, bytes.length + 1);
    const whole = { findings: this.#findings, notInspected: [...this.#missed.values()] };
    return this.#isPathMissed ? { ...whole, isPathMissed: true } : whole;
  }

  #take({ findings, notInspected, isPathMissed }: ObjectScan, to: number): void {
    if (isPathMissed === true) this.#isPathMissed = true;
    for (const thing of notInspected) this.#miss(thing);
    for (const finding of findings) {
      const start = startOf(finding);
      if (start === undefined || (start >= this.#from && start < to)) this.#keep(this.#moved(finding));
    }
  }

  #keep(finding: SecretFinding): void {
    const { rule, path, line, column, fingerprint } = finding;
    const key = JSON.stringify([rule, path, line, column, fingerprint]);
    if (this.#known.has(key)) return;
    if (this.#known.size >= MAX_FINDINGS) {
      const text = `not inspected: more than ${MAX_FINDINGS} secrets, the rest is not listed`;
      this.#miss({ reason: 'too-many', path: this.#path, text });
      return;
    }
    this.#known.add(key);
    this.#findings.push(finding);
  }

  #miss(thing: UninspectedThing): void {
    const key = JSON.stringify([thing.reason, thing.path]);
    if (this.#missed.size < MAX_FINDINGS && !this.#missed.has(key)) this.#missed.set(key, thing);
  }

  #moved(finding: SecretFinding): SecretFinding {
    const { line, column, endLine, endColumn, lines } = finding;
    if (lines === undefined) return finding;
    const before = this.#offset - this.#lineStart;
    return {
      ...finding,
      line: line + this.#lines,
      endLine: endLine + this.#lines,
      column: line === 1 ? column + before : column,
      endColumn: endLine === 1 ? endColumn + before : endColumn,
      lines: this.#movedLines(lines),
    };
  }

  #movedLines({ start, end }: Range): Range {
    return { start: start === 0 ? this.#lineStart : start + this.#offset, end: end + this.#offset };
  }

  #advance(bytes: Buffer, next: number): void {
    for (let at = bytes.indexOf(LF); at >= 0 && at < next; at = bytes.indexOf(LF, at + 1)) {
      this.#lines += 1;
      this.#lineStart = this.#offset + at + 1;
    }
    this.#offset += next;
  }
}

/** In the window; undefined inside archives, where no offset is told. */
function startOf({ lines, column }: SecretFinding): number | undefined {
  return lines === undefined ? undefined : lines.start + column - 1;
}
