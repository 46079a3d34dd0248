import { HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { NAMED_FILES } from '../named-files.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { run } from '../shape.ts';

const vendor = 'Ruby on Rails';
const url = 'https://guides.rubyonrails.org/security.html#custom-credentials';
const remedy = 'Make a new key, encrypt the credentials with it, and change every secret that lay in them.';
const MASTER_KEY = 32;
/** `config/master.key`, `config/credentials/production.key` */

export const railsRules: readonly SecretRule[] = [
  {
    id: 'rails-master-key-file',
    vendor,
    title: 'Rails key of encrypted credentials (file)',
    severity: 'critical',
    url,
    remedy,
    anchors: [],
    atStart: true,
    check: (_bytes, _start, _end, reading) => keyFile(reading),
  },
  keyed({
    id: 'rails-master-key',
    vendor,
    title: 'Rails key of encrypted credentials',
    severity: 'critical',
    url,
    remedy,
    keywords: ['rails_master_key', 'rails-master-key', 'railsmasterkey'],
    parts: [run(HEX, 32)],
    maxDistance: 24,
    certainty: 'high',
  }),
];

/** Nothing but the key and perhaps a line break. */
function keyFile(reading: Reading): Candidate | undefined {
  const { from, to } = reading;
  if (!NAMED_FILES.railsKey.test(reading.path) || to - from > MASTER_KEY + 2) return undefined;
  const end = reading.runEnd(HEX, from);
  return end - from === MASTER_KEY ? { start: from, end, certainty: 'certain' } : undefined;
}
