// JSON.stringify() in pieces: the inputs of a push of a hundred thousand files are tens of megabytes of text, which need
// not be in memory at once, nor hold up everybody else while they are written.

const PIECE_CHARACTERS = 1 << 16;
/** Lists below this depth are written whole: inputs hold lists of commits, and those lists of changes. */
const MAX_DEPTH = 4;

/** Pieces that are, one after the other, exactly what JSON.stringify() answers for a plain object. */
export function* jsonPieces(value: object): Generator<string, undefined> {
  let piece = '';
  for (const token of tokens(value, 0)) {
    piece += token;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
  return undefined;
}

function* tokens(value: unknown, depth: number): Generator<string> {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) yield JSON.stringify(value) ?? 'null';
  else if (Array.isArray(value)) {
    let lead = '[';
    for (const item of value) {
      yield lead;
      yield* tokens(item, depth + 1);
      lead = ',';
    }
    yield lead === '[' ? '[]' : ']';
  } else {
    let lead = '{';
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      yield `${lead}${JSON.stringify(key)}:`;
      yield* tokens(item, depth + 1);
      lead = ',';
    }
    yield lead === '{' ? '{}' : '}';
  }
}
