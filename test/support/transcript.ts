// Golden transcripts: what people type, what they see, and what is true afterwards, as one readable file per case.
//
//   # what this file shows; first lines of the file
//   -- policy --                 optional sections, see SECTIONS below
//   …
//   -- script --
//   $ alice: git push origin main
//   To <GATE>/acme/shop.git      what was printed, errors and results, less the spaces at the ends of lines
//   # why the doors differ       a comment, needed above lines of one door
//   [http] fatal: …              only through this door
//   [exit 1]                     unless it is 0
//
// A block of output ends at an empty line or at the next `$`. This file reads and writes the format and knows nothing
// of git; transcript-player.ts plays it.
import type { Door } from './world.ts';

/** Sections a transcript may have before its script. */
const SECTIONS = [
  /** Instead of fixtures/transcripts/policy.yaml; gets a gateway of its own. */
  /^policy$/,
  /** More lines below `gateway:`; gets a gateway of its own. */
  /^gateway$/,
  /** Words: `empty` (no commit), `sha256`. */
  /^repository$/,
  /** Git settings of the upstream, `key = value`; gets an upstream of its own. */
  /^upstream config$/,
  /** A hook of the upstream repository. */
  /^upstream hook [a-z-]+$/,
  /** A hook in this person's clone. */
  /^[a-z]+ hook [a-z-]+$/,
];

export type BlockLine =
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'output'; readonly text: string; readonly door?: Door };

export interface Step {
  /** Empty lines and comments above it, as they stand. */
  readonly lead: readonly string[];
  readonly actor: string;
  readonly command: string;
  readonly line: number;
  readonly block: readonly BlockLine[];
}

export interface Transcript {
  readonly name: string;
  /** Everything above the script, its heading included. */
  readonly head: readonly string[];
  readonly sections: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
  /** Empty lines and comments after the last step. */
  readonly tail: readonly string[];
}

const HEADING = /^-- (.+) --$/;
const STEP = /^\$ ([a-z]+): (.+)$/;
const MARKED = /^\[(http|ssh)\] (.*)$/;
/** Stands for a line without text, which would end the block. */
const EMPTY_LINE = '<EMPTY LINE>';

export function parseTranscript(name: string, text: string): Transcript {
  const lines = text.replace(/\n$/, '').split('\n');
  const fail = (at: number, why: string): never => {
    throw new Error(`${name}:${at + 1}: ${why}`);
  };
  const sections = new Map<string, string>();
  let at = 0;
  for (; lines[at]?.startsWith('#') || lines[at] === ''; at++);
  for (;;) {
    const heading = HEADING.exec(lines[at] ?? '')?.[1] ?? fail(at, 'a section or `-- script --` is missing');
    at += 1;
    if (heading === 'script') break;
    if (!SECTIONS.some((known) => known.test(heading))) fail(at - 1, `no section is called ${heading}`);
    const from = at;
    while (at < lines.length && !HEADING.test(lines[at] ?? '')) at += 1;
    sections.set(heading, `${lines.slice(from, at).join('\n').trimEnd()}\n`);
  }
  const head = lines.slice(0, at);
  const steps: Step[] = [];
  let lead: string[] = [];
  while (at < lines.length) {
    const line = lines[at] as string;
    const step = STEP.exec(line);
    if (step === null) {
      if (line !== '' && !line.startsWith('#')) fail(at, 'output without a command');
      lead.push(line);
      at += 1;
      continue;
    }
    const start = at;
    const block: BlockLine[] = [];
    for (at += 1; at < lines.length && lines[at] !== '' && !STEP.test(lines[at] as string); at++) {
      block.push(parseBlockLine(lines[at] as string));
    }
    steps.push({ lead, actor: step[1] as string, command: step[2] as string, line: start + 1, block });
    lead = [];
  }
  if (steps.length === 0) fail(at - 1, 'the script is empty');
  return { name, head, sections, steps, tail: lead };
}

function parseBlockLine(line: string): BlockLine {
  if (line.startsWith('# ')) return { kind: 'comment', text: line };
  const [, door, rest] = MARKED.exec(line) ?? [];
  const text = (rest ?? line) === EMPTY_LINE ? '' : (rest ?? line);
  return { kind: 'output', text, ...(door === undefined ? {} : { door: door as Door }) };
}

export function formatTranscript(transcript: Transcript): string {
  const lines = [
    ...transcript.head,
    ...transcript.steps.flatMap(({ lead, actor, command, block }) => [
      ...lead,
      `$ ${actor}: ${command}`,
      ...block.map(formatBlockLine),
    ]),
    ...transcript.tail,
  ];
  return `${lines.join('\n')}\n`;
}

function formatBlockLine(line: BlockLine): string {
  if (line.kind === 'comment') return line.text;
  const text = line.text === '' ? EMPTY_LINE : line.text;
  return line.door === undefined ? text : `[${line.door}] ${text}`;
}

/** What each step is to print through this door. */
export function expectedThrough(transcript: Transcript, door: Door): readonly (readonly string[])[] {
  return transcript.steps.map(({ block }) =>
    block.flatMap((line) =>
      line.kind === 'output' && (line.door === undefined || line.door === door) ? [line.text] : [],
    ),
  );
}

/** Commands and outputs as one text, to be compared and read as a difference. */
export function asText(transcript: Transcript, outputs: readonly (readonly string[])[]): string {
  return transcript.steps
    .map(({ actor, command }, at) => [`$ ${actor}: ${command}`, ...(outputs[at] ?? [])].join('\n'))
    .join('\n\n');
}

/** Lines of one door that no comment explains: every difference has a reason, or is a bug. */
export function unexplainedDifferences(transcript: Transcript): readonly string[] {
  const found: string[] = [];
  for (const { block } of transcript.steps) {
    for (const [at, line] of block.entries()) {
      const before = block[at - 1];
      const isMarked = line.kind === 'output' && line.door !== undefined;
      const isFirst = before?.kind !== 'comment' && !(before?.kind === 'output' && before.door !== undefined);
      if (isMarked && isFirst) found.push(formatBlockLine(line));
    }
  }
  return found;
}

/** The transcript with what was really printed, through both doors, in place of what was expected. */
export function withOutputs(
  transcript: Transcript,
  printed: Readonly<Record<Door, readonly (readonly string[])[]>>,
): Transcript {
  const steps = transcript.steps.map((step, at) => {
    const comments = step.block.filter((line) => line.kind === 'comment');
    const block: BlockLine[] = [];
    for (const part of differences(printed.http[at] ?? [], printed.ssh[at] ?? [])) {
      if ('both' in part) block.push({ kind: 'output', text: part.both });
      else {
        const comment = comments.shift();
        if (comment !== undefined) block.push(comment);
        for (const door of ['http', 'ssh'] as const)
          block.push(...part[door].map((text) => ({ kind: 'output', text, door }) as const));
      }
    }
    return { ...step, block };
  });
  return { ...transcript, steps };
}

type Part = { readonly both: string } | { readonly http: string[]; readonly ssh: string[] };

/** Longest common subsequence, whatever differs between two common lines as one part. */
function differences(http: readonly string[], ssh: readonly string[]): readonly Part[] {
  const longest: number[][] = Array.from({ length: http.length + 1 }, () => Array(ssh.length + 1).fill(0));
  const length = (a: number, b: number) => longest[a]?.[b] ?? 0;
  for (let a = http.length - 1; a >= 0; a--) {
    for (let b = ssh.length - 1; b >= 0; b--) {
      const row = longest[a] as number[];
      row[b] = http[a] === ssh[b] ? length(a + 1, b + 1) + 1 : Math.max(length(a + 1, b), length(a, b + 1));
    }
  }
  const parts: Part[] = [];
  let open: { http: string[]; ssh: string[] } | undefined;
  let [a, b] = [0, 0];
  while (a < http.length || b < ssh.length) {
    if (a < http.length && b < ssh.length && http[a] === ssh[b]) {
      parts.push({ both: http[a] as string });
      open = undefined;
      [a, b] = [a + 1, b + 1];
      continue;
    }
    if (open === undefined) {
      open = { http: [], ssh: [] };
      parts.push(open);
    }
    if (b >= ssh.length || (a < http.length && length(a + 1, b) >= length(a, b + 1)))
      open.http.push(http[a++] as string);
    else open.ssh.push(ssh[b++] as string);
  }
  return parts;
}

/** Splits a command as a shell would, without any of its other powers: spaces, "double" and 'single' quotes. */
export function splitWords(command: string): readonly string[] {
  const words = command.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replace(/"(?:[^"\\]|\\.)*"|'([^']*)'/g, (quoted, single?: string) => single ?? (JSON.parse(quoted) as string)),
  );
}
