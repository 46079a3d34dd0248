// Encoders written independently of the decoders under test.
export type Encode = (text: string) => string;

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const each = (text: string, write: (code: number) => string) =>
  [...text].map((char) => write(char.charCodeAt(0))).join('');
export const base64 = (text: string) => Buffer.from(text).toString('base64');

export const wrap = (text: string, width: number, separator: string) =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(separator);

/** Escapes of text: where each character begins is known exactly. */
export const ESCAPES: Readonly<Record<string, Encode>> = {
  'percent-encoding': (text) => each(text, (code) => `%${hex(code, 2).toUpperCase()}`),
  'the old escape() of JavaScript': (text) => each(text, (code) => `%u${hex(code, 4)}`),
  'JSON \\u escapes': (text) => each(text, (code) => `\\u${hex(code, 4)}`),
  'JavaScript \\u{} escapes': (text) => each(text, (code) => `\\u{${hex(code, 1)}}`),
  'Python \\U escapes': (text) => each(text, (code) => `\\U${hex(code, 8)}`),
  'C \\x escapes': (text) => each(text, (code) => `\\x${hex(code, 2)}`),
  'octal escapes': (text) => each(text, (code) => `\\${code.toString(8).padStart(3, '0')}`),
  'decimal entities': (text) => each(text, (code) => `&#${code};`),
  'hex entities': (text) => each(text, (code) => `&#x${hex(code, 2)};`),
  'quoted-printable of every byte': (text) => each(text, (code) => `=${hex(code, 2).toUpperCase()}`),
};

/** Encodings of which only the beginning of the run is sure. */
export const RUNS: Readonly<Record<string, Encode>> = {
  base64,
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 without padding': (text) => base64(text).replaceAll('=', ''),
  hex: (text) => Buffer.from(text).toString('hex'),
  'upper case hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
};

/** A value cut in two halves, with what languages write between them. */
export const JOINTS: Readonly<Record<string, (first: string, second: string) => string>> = {
  'JavaScript +': (first, second) => `"${first}" + "${second}"`,
  '+ without spaces': (first, second) => `'${first}'+'${second}'`,
  '+ at the end of the line': (first, second) => `"${first}" +\n    "${second}"`,
  '+ at the beginning of the next line': (first, second) => `"${first}"\r\n\t+ "${second}"`,
  'adjacent literals of C, on two lines': (first, second) => `"${first}"\n        "${second}"`,
  'adjacent literals on one line': (first, second) => `"${first}" "${second}"`,
  'PHP .': (first, second) => `'${first}' . '${second}'`,
  'Visual Basic &': (first, second) => `"${first}" & "${second}"`,
  'SQL ||': (first, second) => `'${first}' || '${second}'`,
  'Elixir <>': (first, second) => `"${first}" <> "${second}"`,
  'Haskell ++': (first, second) => `"${first}" ++ "${second}"`,
  'Lua ..': (first, second) => `"${first}" .. "${second}"`,
  'Python prefixes': (first, second) => `f"${first}" \\\n  f"${second}"`,
  'shell quotes side by side': (first, second) => `'${first}''${second}'`,
  'two kinds of quotes': (first, second) => `'${first}' + "${second}"`,
  'an empty literal between': (first, second) => `"${first}" + "" + "${second}"`,
  'a backslash at the end of the line': (first, second) => `"${first}\\\n    ${second}"`,
};
