// Values that stand where a secret would: the one place that knows them, for all rules.

const NEWLINE = /[\r\n]/;

/** Words that documentation and samples put into values; looked for in any case. */
const WORDS = [
  'example', 'sample', 'placeholder', 'changeme', 'change_me', 'change-me', 'redacted', 'your_', 'your-', 'yourkey',
  'yourtoken', 'yoursecret', 'yourapi', 'yourpass', 'dummy', 'xxxx', '****', '....', 'insert_', 'insert-', 'replace_',
  'replace-', 'replaceme', 'foobar', 'put_your', 'notreal', 'not_real', 'not-real', 'secret_here', 'key_here',
  'token_here', '-here', 'lorem', 'verylong', 'open sesame', 'fakekey', 'faketoken', 'fake_', 'fake-', 'mock_', 'mock-', 'todo',
]; // biome-ignore format: a list

/** What reads a value from somewhere else. */
const REFERENCES = [
  '${',
  '{{',
  '<%',
  '$(',
  '%(',
  'process.env',
  'os.environ',
  'getenv',
  'secrets.',
  'vault:',
  'arn:',
  '#{',
];

const SEQUENCES = ['0123456789', '1234567890', '12345678', '87654321', '98765432', 'abcdefgh', 'hgfedcba', 'qwertyui'];

/** Longer values can hold a short word by chance. */
const WORD_LIMIT = 400;

/** Whether this value, from its random part on, is an example, a reference or a pattern and not a secret. */
export function isPlaceholder(body: string): boolean {
  if (body.length === 0) return true;
  if (isPattern(body)) return true;
  if (body.length > WORD_LIMIT) return false;
  const lower = body.toLowerCase();
  if (WORDS.some((word) => lower.includes(word))) return true;
  if (SEQUENCES.some((sequence) => lower.includes(sequence))) return true;
  return isReference(body);
}

/** Whether the value is read from somewhere else: `${X}`, `{{ x }}`, `<x>`, `%X%`, `process.env.X`. */
export function isReference(value: string): boolean {
  if (REFERENCES.some((one) => value.includes(one))) return true;
  const first = value[0];
  const last = value.at(-1);
  return (first === '<' && last === '>') || (first === '%' && last === '%') || NEWLINE.test(value);
}

/** One character or a short group over and over, or few different characters in all. */
function isPattern(body: string): boolean {
  if (hasLongRun(body)) return true;
  if (body.length >= 12 && new Set(body).size <= 3) return true;
  const longest = Math.min(16, body.length >> 1);
  for (let period = 1; period <= longest; period++) if (hasPeriod(body, period)) return true;
  return isStaircase(body);
}

function hasLongRun(body: string): boolean {
  let run = 1;
  let longest = 1;
  for (let i = 1; i < body.length; i++) {
    run = body[i] === body[i - 1] ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest >= 8 && longest * 3 >= body.length;
}

function hasPeriod(body: string, period: number): boolean {
  for (let i = period; i < body.length; i++) if (body[i] !== body[i - period]) return false;
  return true;
}

/** `abcdef…`, `13579…`: nearly each step between neighbours is the same. */
function isStaircase(body: string): boolean {
  if (body.length < 8) return false;
  let same = 0;
  for (let i = 2; i < body.length; i++) {
    const step = body.charCodeAt(i) - body.charCodeAt(i - 1);
    if (step === body.charCodeAt(i - 1) - body.charCodeAt(i - 2)) same++;
  }
  return same * 10 >= body.length * 6;
}
