import { crc32 } from 'node:zlib';
import { ALNUM, BASE64, HEX, PADDING } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { holdsJson } from '../build/verify.ts';
import { type Checksum, run } from '../shape.ts';

const vendor = 'Grafana';
const url = 'https://grafana.com/docs/grafana/latest/administration/service-accounts/';
const remedy = 'Delete the token of the service account in Grafana and make a new one.';

/** CRC-32 of the text before the last underscore, its bytes from the lowest up: so it is in samples that Grafana published. */
const checksum: Checksum = { length: 8, isConfirmed: true, expected: littleEndianCrc };

function littleEndianCrc(token: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(token.slice(0, -1)));
  return bytes.toString('hex');
}

export const grafanaRules = [
  prefixed({
    id: 'grafana-service-account-token',
    vendor,
    title: 'Grafana service account token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'glsa_',
    parts: [run(ALNUM, 32), '_', run(HEX, 8)],
    checksum,
  }),
  prefixed({
    id: 'grafana-cloud-token',
    vendor,
    title: 'Grafana Cloud access policy token',
    severity: 'critical',
    url: 'https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/',
    remedy: 'Delete the token of the access policy in the Grafana Cloud portal and make a new one.',
    prefix: 'glc_',
    parts: [run(BASE64, 40, 400), run(PADDING, 0, 2)],
    verify: holdsJson(4, 'o', 'n'),
  }),
  prefixed({
    id: 'grafana-api-key',
    vendor,
    title: 'Grafana API key (legacy)',
    severity: 'critical',
    url: 'https://grafana.com/docs/grafana/latest/administration/service-accounts/migrate-api-keys/',
    remedy: 'Delete the API key in Grafana and use a service account token instead.',
    prefix: 'eyJrIjoi',
    parts: [run(BASE64, 40, 400), run(PADDING, 0, 2)],
    verify: holdsJson(0, 'k', 'n', 'id'),
  }),
];
