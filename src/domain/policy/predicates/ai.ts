// `ai: { lines, share, codingAgents, models, tier, unknownLines }`: which of the new lines a machine is said to have
// written. `codingAgents`, `models` and `tier` say which evidence counts, the others compare what it adds up to; without
// any comparison the rule is about a coding agent being named at all. Nobody having looked counts as a match. Lines may
// be called anybody's by whoever writes a trailer or a note, so an exemption (`unless`) asks more: evidence of E4 or
// better for every line.
import { visibleText } from '../../../protocol/bytes.ts';
import { TIERS } from '../../attribution/evidence.ts';
import { type MachineLines, machineLinesIn, type WantedMachines } from '../machine-lines.ts';
import { eachOf, mapOf, problemAt, type Value } from '../yaml-values.ts';
import { type Comparison, compares, comparisonOf, parseCount } from './comparison.ts';
import { globOf } from './glob-value.ts';
import { type Mode, type PredicateKey, type Scope, type Seen, someOf } from './predicate.ts';

const PARTS = ['lines', 'share', 'codingAgents', 'models', 'tier', 'unknownLines'] as const;

interface Asked extends WantedMachines {
  readonly lines?: Comparison;
  /** In hundredths of a percent. */
  readonly share?: Comparison;
  readonly unknownLines?: Comparison;
}

export const ai: PredicateKey = {
  key: 'ai',
  parse(value) {
    const keys = mapOf(value, PARTS);
    if (keys === undefined) return undefined;
    if (keys.size === 0) return problemAt(value, '`ai` asks for nothing', `give one of ${PARTS.join(', ')}`);
    const asked = askedOf(keys);
    if (asked === undefined) return undefined;
    return { key: 'ai', asked: describeAsked(asked), evaluate: (scope, mode) => look(scope, mode, asked) };
  },
};

function askedOf(keys: ReadonlyMap<string, Value>): Asked | undefined {
  const read: Record<(typeof PARTS)[number], (value: Value) => unknown> = {
    lines: (value) => comparisonOf(value, parseCount, '>=1'),
    unknownLines: (value) => comparisonOf(value, parseCount, '>=1'),
    share: (value) => comparisonOf(value, parseShare, '>=50%'),
    tier: (value) => comparisonOf(value, parseTier, '>=E3'),
    codingAgents: (value) => eachOf(value, (item) => globOf(item, { flat: true })),
    models: (value) => eachOf(value, (item) => globOf(item, { flat: true })),
  };
  const asked: Record<string, unknown> = {};
  for (const part of PARTS) {
    const value = keys.get(part);
    if (value !== undefined) asked[part] = read[part](value);
  }
  return Object.values(asked).includes(undefined) ? undefined : (asked as Asked);
}

/** `50%`, `0.5%`, in hundredths of a percent. */
function parseShare(text: string): number | undefined {
  const [, number] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text) ?? [];
  const share = number === undefined ? undefined : Math.round(Number(number) * 100);
  return share === undefined || share > 10_000 ? undefined : share;
}

function parseTier(text: string): number | undefined {
  const rank = TIERS.map(String).indexOf(text);
  return rank < 0 ? undefined : rank + 1;
}

function look(scope: Scope, mode: Mode, asked: Asked): Seen {
  const found = machineLinesIn(scope, asked);
  if (found === undefined) return { holds: mode === 'some', seen: 'nobody has looked' };
  const seen = describe(found);
  if (mode === 'every') return { holds: found.isProven && holdsFor(found, asked), seen };
  const holds = holdsFor(found, asked) || (found.isPartial && couldHold(asked));
  const touched = scope.touched.filter(({ path }) => found.paths.has(path));
  return touched.length === 0 || asked.unknownLines !== undefined ? { holds, seen } : { holds, seen, touched };
}

function holdsFor(found: MachineLines, { lines, share, unknownLines }: Asked): boolean {
  if (lines === undefined && share === undefined && unknownLines === undefined) {
    return found.codingAgents.length > 0 || found.lines > 0;
  }
  if (lines !== undefined && !compares(lines, found.lines)) return false;
  if (unknownLines !== undefined && !compares(unknownLines, found.unknown)) return false;
  return share === undefined || sharesOf(found).some((one) => compares(share, one));
}

/** Of all lines, and of those in source files: neither can be watered down with the other. */
function sharesOf({ lines, total, source }: MachineLines): readonly number[] {
  const share = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((10_000 * part) / whole));
  return [share(lines, total), share(source.lines, source.total)];
}

/** Lines that nobody could look at may be anybody's. */
function couldHold({ lines, unknownLines }: Asked): boolean {
  const isBound = (one?: Comparison) => one !== undefined && (one.sign === '<' || one.sign === '<=');
  return !isBound(lines) && !isBound(unknownLines);
}

function describe({ lines, unknown, total, codingAgents, isPartial }: MachineLines): string {
  const by = codingAgents.length === 0 ? '' : ` (${someOf(codingAgents.map(visibleText))})`;
  const rest = isPartial ? ', and files that could not be looked at' : '';
  return `at least ${lines} of ${total} added lines by machines${by}, ${unknown} unknown${rest}`;
}

function describeAsked({ lines, share, codingAgents, models, tier, unknownLines }: Asked): string {
  const globs = (list: WantedMachines['models']) => someOf((list ?? []).map(({ pattern }) => visibleText(pattern)));
  return [
    ...(lines ? [`lines ${lines.text}`] : []),
    ...(share ? [`share ${share.text}`] : []),
    ...(unknownLines ? [`unknown lines ${unknownLines.text}`] : []),
    ...(codingAgents ? [`by ${globs(codingAgents)}`] : []),
    ...(models ? [`with ${globs(models)}`] : []),
    ...(tier ? [`evidence ${tier.text}`] : []),
  ].join(' and ');
}
