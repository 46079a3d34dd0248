import { ALNUM, DIGITS, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { matchParts, oneOf, run } from '../shape.ts';

const vendor = 'Discord';

/** The account's number in base64, when it was issued, and the signature. */
const TOKEN = [run(ALNUM, 22, 27), '.', run(URL_SAFE, 5, 7), '.', run(URL_SAFE, 27, 40)];
const ACCOUNT = /^[1-9]\d{16,19}$/;
/** The account in the token that Discord's documentation shows. */
const DOCUMENTED = Buffer.from('198622483471925248').toString('base64');

const VERSIONS = ['', 'v6/', 'v7/', 'v8/', 'v9/', 'v10/'].map((version) => `${version}webhooks/`);

/** Base64 of every number of three digits: what a token begins with. */
const FIRST_THREE = Array.from({ length: 900 }, (_, i) => Buffer.from(String(100 + i)).toString('base64'));

const botToken: SecretRule = {
  id: 'discord-bot-token',
  vendor,
  title: 'Discord bot token',
  severity: 'critical',
  url: 'https://discord.com/developers/docs/topics/oauth2',
  remedy: 'Reset the token of the bot in the Discord developer portal.',
  published: [DOCUMENTED],
  anchors: FIRST_THREE.map((text) => ({ text, boundary: true })),
  check: botTokenAt,
};

function botTokenAt(bytes: Uint8Array, start: number, _end: number, reading: Reading): Candidate | undefined {
  // Digits in base64 go on as they begin; nearly nothing else does.
  if (!isDigitPair(bytes, start + 4) || !isDigitPair(bytes, start + 12)) return undefined;
  const end = matchParts(reading, TOKEN, start);
  if (end < 0 || !reading.endsToken(end, URL_SAFE)) return undefined;
  const accountEnd = reading.runEnd(ALNUM, start);
  const account = Buffer.from(reading.text(start, accountEnd), 'base64').toString('latin1');
  if (!ACCOUNT.test(account)) return undefined;
  return { start, end, body: accountEnd, certainty: 'certain' };
}

/** Two characters that three digits begin with in base64. */
function isDigitPair(bytes: Uint8Array, at: number): boolean {
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  return first >= 0x4d && first <= 0x4f && SECONDS.has(second);
}

const SECONDS: ReadonlySet<number> = new Set([...'DTjz'].map((one) => one.charCodeAt(0)));

export const discordRules = [
  botToken,
  prefixed({
    id: 'discord-webhook-url',
    vendor,
    title: 'Discord webhook URL',
    severity: 'medium',
    url: 'https://discord.com/developers/docs/resources/webhook',
    remedy: 'Delete the webhook in the settings of its channel and create a new one.',
    prefix: ['discord.com/api/', 'discordapp.com/api/'],
    parts: [oneOf(...VERSIONS), run(DIGITS, 17, 20), '/', run(URL_SAFE, 60, 72)],
  }),
];
