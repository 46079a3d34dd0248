// Our log: one JSON line per event on stderr. Two promises: no secret is written (what stands under a telling name, what
// the rules find, what the agent holds), and no text from outside can forge a line or move a cursor (JSON escapes line
// ends, visibleText the rest).
import { type DestinationStream, pino } from 'pino';
import { type Masker, RULES_MASKER } from '../../domain/secrets/mask-text.ts';
import { visibleText } from '../../protocol/bytes.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = Readonly<Record<LogLevel, (fields: LogFields, message: string) => void>>;

export interface LogOptions {
  /** Default `info`; `silent` writes nothing. */
  readonly level?: LogLevel | 'silent';
  /** Default: stderr, since stdout belongs to what a command answers. */
  readonly destination?: DestinationStream;
  /** Default: by the rules alone. */
  readonly mask?: Masker;
}

/** The gateway's log. Writes are synchronous: the lines before a crash are the ones that are needed. */
export function createLog(options: LogOptions = {}): Log {
  const { mask = RULES_MASKER } = options;
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  const logger = pino(
    { level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level } },
    destination,
  );
  const at = (name: LogLevel) => (fields: LogFields, message: string) => {
    if (!logger.isLevelEnabled(name)) return;
    // All texts of a line are masked together, before they are cut or made visible: both could hide a secret from its rule.
    const [clean, text] = mask.value([plainValue(fields, 0), bounded(message)]);
    logger[name](visibleValue(clean) as LogFields, cleanText(String(text)));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function level(label: string) {
  return { level: label };
}

const REDACTED = '[redacted]';

// By the key's own words: `authorization`, `set-cookie`, `accessToken`, `upstream_password`, `privateKey` …
// `tokenId` and `fingerprint` name a secret without being one.
const SECRET_KEY =
  /authorization|cookie|password|passwd|passphrase|secret|token|credential|private.?key|api.?key|bearer/i;
const NAMES_ONLY = /(?:id|ids|count|kind|fingerprint|scopes?)$/i;

// By their own shape, wherever they stand: what follows an auth scheme, passwords in URLs, our tokens.
const SECRET_TEXT =
  /\b(?:Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{6,}|(?<=:\/\/)[^\s/@]*:[^\s/@]*(?=@)|\bsp[a-z]?_[A-Za-z0-9]{20,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gi;

/** Deep and long enough for our own fields; a cycle or a flood ends here. */
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8192;
/** Read beyond that, so that a secret is whole where the text is cut. */
const MAX_READ = 2 * MAX_TEXT;

/** Strings, numbers, arrays and plain objects, whatever it was. */
function plainValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return bounded(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plainValue(item, depth + 1));
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, MAX_ITEMS)) {
    const isSecret = SECRET_KEY.test(key) && !NAMES_ONLY.test(key) && item !== undefined;
    out[key] = isSecret ? REDACTED : plainValue(item, depth + 1);
  }
  return out;
}

/** Only what we know of an error: other properties (a request, its headers, a command line) may hold anything. */
function plainError(error: Error, depth: number): unknown {
  const code = 'code' in error && error.code != null ? { code: bounded(String(error.code)) } : {};
  const cause = error.cause === undefined ? {} : { cause: plainValue(error.cause, depth + 1) };
  const stack = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: bounded(error.name),
    message: bounded(error.message),
    ...code,
    stack: stack.slice(0, 20).map((line) => bounded(line.trim())),
    ...cause,
  };
}

/** What is masked, as it may be written. */
function visibleValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(visibleValue);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), visibleValue(item)]));
}

function bounded(text: string): string {
  return text.length > MAX_READ ? text.slice(0, MAX_READ) : text;
}

function cleanText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return visibleText(short.replace(SECRET_TEXT, REDACTED));
}
