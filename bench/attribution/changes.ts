// What happens to a coding agent's lines before they are pushed. Each change says of every line what it is afterwards.
import type { Random } from '../../test/domain/secrets/support/random.ts';

export type Truth = 'ai' | 'mixed' | 'human';

export interface Labelled {
  readonly text: string;
  readonly truth: Truth;
}

export type Change = (lines: readonly string[], random: Random, others: readonly string[]) => readonly Labelled[];

export const CHANGES = { verbatim, edited, reformatted, renamed } as const satisfies Readonly<Record<string, Change>>;

function verbatim(lines: readonly string[]): readonly Labelled[] {
  return lines.map((text) => ({ text, truth: 'ai' }));
}

/** In a hundred lines: 12 are edited, 6 are taken out, 6 are put in by a person. */
function edited(lines: readonly string[], random: Random, others: readonly string[]): readonly Labelled[] {
  return lines.flatMap((text): Labelled[] => {
    const dice = random.next(100);
    if (dice < 6) return [];
    if (dice < 12)
      return [
        { text, truth: 'ai' },
        { text: random.pick(others), truth: 'human' },
      ];
    if (dice < 24) return [editedLine(text, random, others)];
    return [{ text, truth: 'ai' }];
  });
}

function editedLine(text: string, random: Random, others: readonly string[]): Labelled {
  const words = text.match(/[A-Za-z_$][\w$]*/g) ?? [];
  if (words.length === 0) return { text, truth: 'ai' };
  const word = random.pick(words);
  const foreign = random.pick((random.pick(others).match(/[A-Za-z_$][\w$]{2,}/g) ?? ['changed']) as string[]);
  const after = [
    () => text.replace(word, () => foreign),
    () => text.replace(word, () => `${word}.${foreign}`),
    () => text.replace(/\(/, () => `(${foreign}, `),
    () => `${text} // ${foreign} ${word}`,
    () => text.replace(/\b\d+\b/, (digits) => String(Number(digits) + 1)),
  ].map((make) => make());
  const changed = random.pick(after.filter((one) => one !== text));
  return { text: changed ?? text, truth: changed === undefined ? 'ai' : 'mixed' };
}

/** As another formatter would leave it: no token but quotes, semicolons and commas changes. */
function reformatted(lines: readonly string[], random: Random): readonly Labelled[] {
  const [isTabbed, isQuoted, isBare, isSpaced] = [0, 1, 2, 3].map(() => random.next(2) === 1);
  const width = random.pick([50, 60, 70, 80]);
  const laidOut = lines.map((line) => {
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    let rest = line.slice(indent.length);
    if (isQuoted) rest = rest.replace(/'([^'"`\\]*)'/g, '"$1"');
    else rest = rest.replace(/"([^'"`\\]*)"/g, "'$1'");
    if (isBare) rest = rest.replace(/;$/, '');
    if (isSpaced) rest = rest.replace(/\{ (?=\S)/g, '{').replace(/(?<=\S) \}/g, '}');
    return `${isTabbed ? indent.replace(/ {2}/g, '\t') : indent + indent}${rest}`;
  });
  return joinedSome(
    laidOut.flatMap((line) => wrapped(line, width)),
    random,
  ).map((text) => ({ text, truth: 'ai' }));
}

function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const at = ['&& ', '|| ', ', ', '(']
    .map((mark) => line.lastIndexOf(mark, width) + mark.length - (mark === '(' ? 0 : 1))
    .find((place) => place > width / 3);
  if (at === undefined) return [line];
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return [line.slice(0, at).trimEnd(), `${indent}    ${line.slice(at).trimStart()}`];
}

/** Lines that end with an open bracket or a comma take the next one up, now and then. */
function joinedSome(lines: readonly string[], random: Random): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const last = out.at(-1);
    if (last !== undefined && /[([,]$/.test(last) && last.length + line.trim().length < 90 && random.next(3) === 0) {
      out[out.length - 1] = `${last}${last.endsWith(',') ? ' ' : ''}${line.trim()}`;
    } else out.push(line);
  }
  return out;
}

/** One to four names that it declares are others, everywhere in it. */
function renamed(lines: readonly string[], random: Random): readonly Labelled[] {
  const text = lines.join('\n');
  const names = new Set(
    [...text.matchAll(/\b(?:const|let|var|function)\s+([A-Za-z_$][\w$]+)/g)].map(([, name]) => name as string),
  );
  for (const list of text.matchAll(/\(([\w$, ]+)\)\s*(?:=>|\{)/g)) {
    for (const name of (list[1] as string).split(/,\s*/)) if (/^[A-Za-z_$][\w$]+$/.test(name)) names.add(name);
  }
  const chosen = [...names].filter(() => random.next(2) === 0).slice(0, 4);
  const others = new Map(
    chosen.map((name, i) => [name, `${name.slice(0, 1)}${['Item', 'Value', 'Entry', 'Part'][i]}${name.length}`]),
  );
  return lines.map((line) => {
    const after = line.replace(/[A-Za-z_$][\w$]*/g, (word) => others.get(word) ?? word);
    return { text: after, truth: after === line ? 'ai' : 'mixed' };
  });
}
