// How the secret scanner bears text made to be slow, by hand: node bench/secrets-hostile.ts [BYTES]
// Without the budget that ends such text: which rule is worst. Every anchor over and over, with what makes checks look
// further; prints the slowest, in milliseconds of CPU a megabyte.
import { CheckBudget } from '../src/domain/secrets/check-budget.ts';
import { ALL_RULES } from '../src/domain/secrets/rules/all.ts';
import { createScanner } from '../src/domain/secrets/scan.ts';

const SIZE = Number(process.argv[2] ?? 500_000);
const SHOWN = 25;
const TAILS = ['', '=', '="', ': ', ' a1B2c3D4e5F6g7H8', '\n', 'aB3/', '{"', '=x\\"', '="a1B$'];
const WHOLE = ['a', 'A1b2', '0f', '=', '"', '\\', '\0', '://a:', '-----BEGIN PRIVATE KEY-----MII', '{"kty":"EC"'];

const scanner = createScanner(ALL_RULES);

/** CPU milliseconds for a megabyte of this text over and over; CPU and not time, as other programs may be running. */
function cost(text: string): number {
  const bytes = Buffer.alloc(SIZE, text, 'latin1');
  const before = process.cpuUsage();
  scanner.scan(bytes, undefined, { budget: new CheckBudget(Number.POSITIVE_INFINITY) });
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / SIZE) * 1_000_000;
}

const anchors = new Set(ALL_RULES.flatMap((rule) => rule.anchors.map((anchor) => anchor.text)));
const texts = [...[...anchors].flatMap((anchor) => TAILS.map((tail) => anchor + tail)), ...WHOLE];
for (const text of WHOLE) cost(text);
const costs = texts.map((text) => ({ text, milliseconds: cost(text) }));
for (const { text, milliseconds } of costs.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, SHOWN)) {
  console.log(`${milliseconds.toFixed(0).padStart(6)} ms/MB  ${JSON.stringify(text)}`);
}
