import { DIGITS, URL_SAFE } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { matchParts, run } from '../shape.ts';

const parts = [run(DIGITS, 8, 10), ':AA', run(URL_SAFE, 33)];
const ID_DIGITS = 10;

export const telegramRules: readonly SecretRule[] = [
  {
    id: 'telegram-bot-token',
    vendor: 'Telegram',
    title: 'Telegram bot token',
    severity: 'high',
    url: 'https://core.telegram.org/bots/features#botfather',
    remedy: 'Revoke the token with /revoke in a chat with BotFather and give the bot the new one.',
    // From the page above.
    published: [['ABC-DEF1234', 'ghIkl-zyx57W2v1u123ew11'].join('')],
    anchors: [{ text: ':AA' }],
    check: (_bytes, start, _end, reading) => tokenAround(reading, start),
    shape: { parts },
  },
];

/** In URLs of the API the token follows the word `bot` directly. */
function tokenAround(reading: Reading, colon: number): Candidate | undefined {
  const start = reading.runStart(DIGITS, colon, ID_DIGITS);
  if (!reading.startsWord(start) && !reading.hasLiteral('/bot', start - 4)) return undefined;
  const end = matchParts(reading, parts, start);
  return end > 0 && reading.endsToken(end, URL_SAFE) ? { start, end, body: colon + 1, certainty: 'high' } : undefined;
}
