// Collects what is seen in an object, and tells it: places in lines, values masked. The only one that holds values, and
// none leaves it.
import type { KeyObject } from 'node:crypto';
import { fingerprint } from './fingerprint.ts';
import type { AllowanceTexts } from './gitleaks/allowance.ts';
import { type InlineAllowance, inlineAllowance, isClaimed } from './gitleaks/inline-allow.ts';
import type { GitleaksMatch } from './gitleaks/match.ts';
import type { Layer, NotInspected, Origin, Range } from './layers/layer.ts';
import { LineIndex } from './line-index.ts';
import { mask } from './mask.ts';
import type { Match } from './rule.ts';
import type { ObjectScan, SecretFinding, UninspectedThing } from './secret-scanner.ts';
import { distinct, type Sighting, type Spot } from './sighting.ts';

/** Of one object; nobody reads more, and a file of nothing but secrets must not fill the memory with findings. */
export const MAX_FINDINGS = 1000;
const MAX_NOT_INSPECTED = 100;
/** How much of a line an allowlist of a `.gitleaks.toml` sees of one that is longer, before and behind the match. */
const LINE_REACH = 16 * 1024;
const MAX_ALLOWED = 5;

/** Bytes that are scanned: the object's own, or a layer's. */
export interface Text {
  readonly number: number;
  readonly bytes: Buffer;
  /** What rules and allowlists take for its path: the object's, and the members it is in. */
  readonly path: string;
  readonly verbatimAt: number | undefined;
  originOf(offset: number): Origin;
  allowanceTexts(range: Range): AllowanceTexts;
}

type Seen = Omit<Sighting, keyof Place | 'spot' | 'fingerprint'>;
type Place = Pick<Sighting, 'layer' | 'member' | 'start' | 'end' | 'isPoint' | 'verbatimAt'>;

export class SightingList {
  readonly #path: string;
  readonly #bytes: Buffer;
  readonly #key: KeyObject;
  #sightings: Sighting[] = [];
  #texts = 0;
  readonly #missed: UninspectedThing[] = [];
  #isFull = false;
  /** Lines of the bytes that origins count in; members may be let go. */
  readonly #indexes = new WeakMap<Buffer, LineIndex>();
  #claims: { lines: Range; bytes: Buffer; found: readonly InlineAllowance[] } | undefined;

  constructor(path: string, bytes: Buffer, key: KeyObject) {
    this.#path = path;
    this.#bytes = bytes;
    this.#key = key;
  }

  outermost(): Text {
    const bytes = this.#bytes;
    return this.#text({ bytes, verbatimAt: undefined, originOf: (offset) => ({ path: '', offset, bytes }) });
  }

  textOf(layer: Layer): Text {
    return this.#text(layer);
  }

  #text({ bytes, verbatimAt, originOf }: Pick<Layer, 'bytes' | 'verbatimAt' | 'originOf'>): Text {
    const path = this.#path + originOf(0).path;
    const texts = (range: Range): AllowanceTexts => allowanceTexts(bytes, range);
    return { number: this.#texts++, bytes, path, verbatimAt, originOf, allowanceTexts: texts };
  }

  /** What a rule of ours found. */
  add(text: Text, { rule, start, end, body, certainty, severity }: Match): void {
    const value = text.bytes.toString('latin1', start, end);
    this.#push(text, { start, end }, value, {
      ...{ rule: rule.id, title: rule.title, remedy: rule.remedy, severity, certainty },
      kind: rule.vendor === 'generic' ? 'generic' : 'vendor',
      masked: mask(value, body - start),
      entropy: undefined,
      tags: undefined,
    });
  }

  /** What a rule of a `.gitleaks.toml` found. It has no severity: whoever wrote it wants to hear of it. */
  addOwn(text: Text, { rule, secret, match, startLine, entropy }: GitleaksMatch): void {
    const range = secret.end > secret.start ? secret : match;
    // A path that makes a finding is told by the path, and excepted by it.
    const value = startLine === 0 ? text.path : text.bytes.toString('latin1', range.start, range.end);
    const described = rule.description === '' ? rule.id : rule.description;
    this.#push(text, startLine === 0 ? undefined : range, value, {
      ...{ rule: rule.id, title: described, remedy: undefined, severity: 'high', certainty: 'high', kind: 'own' },
      ...{ masked: mask(value), entropy, tags: rule.tags },
    });
  }

  miss({ reason, path, text }: NotInspected): void {
    this.#miss({ reason, path: this.#path + shownMember(path), text });
  }

  missRules(text: Text, rules: readonly string[]): void {
    const names = rules.slice(0, 5).join(', ') + (rules.length > 5 ? ', …' : '');
    const what = `not inspected: ${rules.length} rules of the .gitleaks.toml took too long (${names})`;
    this.#miss({ reason: 'rules-timeout', path: text.path, text: what });
  }

  /** The scan of this text was ended: it is all places that look like the beginning of a secret. */
  missRest({ path }: Text): void {
    this.#miss({ reason: 'too-many', path, text: 'not inspected: too many candidates, the rest was not looked at' });
  }

  /** Everything seen, once. */
  answer(): ObjectScan {
    return { findings: distinct(this.#sightings).map((one) => this.#findingOf(one)), notInspected: this.#missed };
  }

  #miss(thing: UninspectedThing): void {
    if (this.#missed.length < MAX_NOT_INSPECTED) this.#missed.push(thing);
  }

  #push(text: Text, range: Range | undefined, value: string, what: Seen): void {
    if (this.#isFull) return;
    const { place, origin } = placeOf(text, range);
    // Now, while the bytes are at hand.
    const spot = range === undefined ? NOWHERE : this.#spotOf(what.rule, place, origin);
    const seen = { ...what, ...place, spot, fingerprint: fingerprint(this.#key, what.rule, value) };
    this.#sightings.push(seen);
    if (this.#sightings.length >= 2 * MAX_FINDINGS) this.#shrink();
  }

  #shrink(): void {
    this.#sightings = distinct(this.#sightings);
    if (this.#sightings.length < MAX_FINDINGS) return;
    this.#isFull = true;
    const text = `not inspected: more than ${MAX_FINDINGS} secrets, the rest is not listed`;
    this.#missed.unshift({ reason: 'too-many', path: this.#path, text });
  }

  #spotOf(rule: string, { start, end }: Place, { bytes, path }: Origin): Spot {
    const index = this.#indexOf(bytes);
    const lines = index.linesOf(start, end);
    const from = index.positionOf(start);
    const to = index.positionOf(Math.max(start, end - 1));
    const allowed = this.#claimsOn(bytes, lines).filter((claim) => isClaimed([claim], rule));
    const place = { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
    return { ...place, lines: path === '' ? lines : undefined, allowed: allowed.slice(0, MAX_ALLOWED) };
  }

  /** Many findings may share a line of megabytes. */
  #claimsOn(bytes: Buffer, lines: Range): readonly InlineAllowance[] {
    const last = this.#claims;
    if (last?.bytes === bytes && last.lines.start === lines.start && last.lines.end === lines.end) return last.found;
    const found = inlineAllowance(bytes.subarray(lines.start, lines.end));
    this.#claims = { lines, bytes, found };
    return found;
  }

  #indexOf(bytes: Buffer): LineIndex {
    const known = this.#indexes.get(bytes);
    if (known !== undefined) return known;
    const made = new LineIndex(bytes);
    this.#indexes.set(bytes, made);
    return made;
  }

  #findingOf(sighting: Sighting): SecretFinding {
    const { rule, title, remedy, severity, certainty, member, masked, entropy, tags, spot } = sighting;
    return {
      ...{ rule, title, severity, certainty, masked, fingerprint: sighting.fingerprint },
      path: this.#path + shownMember(member),
      ...spot,
      ...(remedy !== undefined && { remedy }),
      ...(entropy !== undefined && { entropy }),
      ...(tags !== undefined && tags.length > 0 && { tags }),
    };
  }
}

const NOWHERE: Spot = { line: 0, column: 0, endLine: 0, endColumn: 0, lines: undefined, allowed: [] };

function placeOf(text: Text, range: Range | undefined): { place: Place; origin: Origin } {
  const { start, end } = range ?? { start: 0, end: 0 };
  const origin = text.originOf(start);
  const last = text.originOf(Math.max(start, end - 1));
  const isPoint = range === undefined || (end - start > 1 && last.offset === origin.offset);
  const place = { member: origin.path, start: origin.offset, end: Math.max(last.offset, origin.offset) + 1 };
  return { place: { ...place, layer: text.number, isPoint, verbatimAt: text.verbatimAt }, origin };
}

/** `a.tgz!b` for the b of the tar in a.tgz: nobody names the stream between the two. */
function shownMember(member: string): string {
  return member.replace(/!(?:gzip|zlib|zstd)(?=!)/g, '');
}

/** What allowlists look at. The line is made when it is asked for. */
function allowanceTexts(bytes: Buffer, { start, end }: Range): AllowanceTexts {
  const secret = bytes.toString('utf8', start, end);
  return {
    secret,
    match: secret,
    get line() {
      const from = Math.max(0, start - LINE_REACH);
      const to = Math.min(bytes.length, end + LINE_REACH);
      const before = start === 0 ? -1 : bytes.subarray(from, start).lastIndexOf(0x0a);
      const after = bytes.subarray(end, to).indexOf(0x0a);
      return bytes.toString('utf8', from + before + 1, after < 0 ? to : end + after);
    },
  };
}
