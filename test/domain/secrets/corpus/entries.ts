// What is put into the frames: credentials of vendors, passwords and keys that only their name tells, and what stands in
// the same places without being a secret.
import type { Random } from '../support/random.ts';
import type { Entry, Group } from './labelled.ts';
import { written } from './notation.ts';
import type { VendorFormat } from './vendors.ts';

export function vendorGroup({ vendor, kind, name, notation, id }: VendorFormat, random: Random): Group {
  const secret: Entry = { vendor, kind, name, value: written(notation, random), is: 'secret' };
  if (id === undefined) return [secret];
  return [{ vendor, kind: 'id', name: id.name, value: written(id.notation, random), is: 'neutral' }, secret];
}

const PASSWORD_NAMES = [
  'DB_PASSWORD',
  'POSTGRES_PASSWORD',
  'MYSQL_ROOT_PASSWORD',
  'ADMIN_PASSWORD',
  'SMTP_PASSWORD',
  'REDIS_PASSWORD',
  'LDAP_BIND_PASSWORD',
  'KEYSTORE_PASSWORD',
  'SSH_PASSPHRASE',
  'ADMIN_PASS',
  'DB_PWD',
  'FTP_PASSWD',
  'SERVICE_PASSWORD',
  'PASSWORD',
  'JENKINS_PASSWORD',
  'RABBITMQ_DEFAULT_PASS',
];
const SECRET_NAMES = [
  'API_KEY',
  'APP_SECRET',
  'JWT_SECRET',
  'CLIENT_SECRET',
  'ENCRYPTION_KEY',
  'SESSION_SECRET',
  'WEBHOOK_SECRET',
  'ACCESS_TOKEN',
  'AUTH_TOKEN',
  'REFRESH_TOKEN',
  'SIGNING_KEY',
  'MASTER_KEY',
  'PRIVATE_TOKEN',
  'SERVICE_API_KEY',
  'INTERNAL_API_TOKEN',
  'COOKIE_SECRET',
  'HMAC_KEY',
  'SECRET_KEY',
  'LICENSE_KEY',
  'ADMIN_TOKEN',
  'BACKUP_KEY',
];
const WORDS = [
  'Sunflower',
  'Mountain',
  'Coffee',
  'Dragon',
  'Liverpool',
  'Winter',
  'Orange',
  'Thunder',
  'Castle',
  'Bicycle',
  'Penguin',
  'Harbour',
  'Lantern',
  'Meadow',
  'Falcon',
  'Copper',
  'Rocket',
  'Velvet',
  'Tiger',
  'Marble',
];

/** Passwords as people and as generators make them. */
const PASSWORDS: readonly ((random: Random) => string)[] = [
  (random) => `${random.pick(WORDS)}${random.next(90) + 10}${random.pick('!#*?')}`,
  (random) => `${random.pick(WORDS)}-${random.pick(WORDS)}-${random.next(90) + 10}`,
  (random) => `${random.pick(WORDS)}@${2015 + random.next(12)}`,
  (random) => `${random.pick(WORDS).replace('o', '0').replace('e', '3')}${random.next(900) + 100}`,
  (random) => written('<an:16>', random),
  (random) => written('<an:10>!<an:5>', random),
  (random) => written('<an:4>#<an:7>*<an:3>', random),
  (random) => written('<b64:24>', random),
  (random) => written('<h:32>', random),
];

const KEYS: readonly string[] = [
  '<h:32>',
  '<h:64>',
  '<an:20>',
  '<an:32>',
  '<an:40>',
  '<b64:43>=',
  '<b64:86>==',
  '<url:43>',
  '<b32:32>',
  '<ln:32>',
];

export function passwordEntry(random: Random): Entry {
  const value = random.pick(PASSWORDS)(random);
  return { vendor: 'generic', kind: 'password', name: random.pick(PASSWORD_NAMES), value, is: 'secret' };
}

export function keyEntry(random: Random): Entry {
  const value = written(random.pick(KEYS), random);
  return { vendor: 'generic', kind: 'key', name: random.pick(SECRET_NAMES), value, is: 'secret' };
}

/** Names that promise a secret, with values that are none: `name | notation`. */
const FALSE_VALUES = `
API_KEY | your-api-key-here
API_KEY | <your-api-key>
API_KEY | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
API_KEY | 00000000000000000000000000000000
API_KEY | \${API_KEY}
API_KEY | {{ vault_api_key }}
API_KEY | $(cat /run/secrets/api_key)
API_KEY | %API_KEY%
API_KEY | REPLACE_WITH_YOUR_KEY
API_KEY | 1234567890abcdef1234567890abcdef
API_KEY | insert-key-here
DB_PASSWORD | changeme
DB_PASSWORD | password
DB_PASSWORD | postgres
DB_PASSWORD | ********
DB_PASSWORD | \${DB_PASSWORD:-postgres}
DB_PASSWORD | <password>
DB_PASSWORD | secret
ADMIN_PASSWORD | admin
ADMIN_PASSWORD | Enter your password
PASSWORD_HINT | The name of your first pet
PASSWORD_RESET_URL | https://acme.test/reset/Kj3h5g2Lq9
PASSWORD_FIELD | user_password_confirmation
SECRET_NAME | projects/main/secrets/billing-db
SECRET_ARN | arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3
TOKEN_TYPE | urn:ietf:params:oauth:token-type:access_token
TOKEN_URL | https://login.acme.test/oauth2/v2.0/token
TOKEN | keyword.operator.assignment.compound
TOKEN_ID | <uuid>
AUTH_PROVIDER | com.acme.security.LdapAuthenticationProvider
AUTH_TOKEN_PATH | /var/run/secrets/kubernetes.io/serviceaccount/token
ACCESS_KEY_NAME | billing-service-reader
PUBLIC_KEY | MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE<b64:86>==
SSH_PUBLIC_KEY | ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<b64:43>
KEY_FINGERPRINT | SHA256:<b64:43>
PRIVATE_KEY_PATH | /etc/ssl/private/server.key
SIGNING_KEY_ID | projects/p/locations/global/keyRings/r/cryptoKeys/k
CACHE_KEY | user:profile:v2:42
SORT_KEY | createdAt#descending
PARTITION_KEY | tenant-id-and-region
IDEMPOTENCY_KEY | <uuid>
COMMIT_SHA | <h:40>
BUILD_HASH | <h:64>
CONTENT_MD5 | <h:32>
INTEGRITY | sha512-<b64:86>==
ETAG | <h:32>
IMAGE_DIGEST | sha256:<h:64>
REQUEST_ID | <uuid>
TRACE_ID | <h:32>
CORRELATION_ID | <b64:22>
FILE_CHECKSUM | <h:64>
ASSET_HASH | <an:20>
NONCE | <b64:22>
CSRF_TOKEN | <url:43>
NEXT_PAGE_TOKEN | <url:60>
DEVICE_UUID | <uuid>
CLIENT_ID | <h:32>
TENANT_ID | <uuid>
STRIPE_PUBLISHABLE_KEY | pk_live_<an:24>
RECAPTCHA_SITE_KEY | 6L<url:38>
POSTHOG_KEY | phc_<an:43>
SENTRY_DSN | https://<h:32>@o123456.ingest.sentry.io/4505
GA_MEASUREMENT_ID | G-<un:10>
GITHUB_TOKEN | ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
GITHUB_TOKEN | ghp_your_personal_access_token_goes_here
AWS_ACCESS_KEY_ID | AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY | wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
SLACK_TOKEN | xoxb-your-token-here
STRIPE_KEY | sk_test_your_key_here
OPENAI_API_KEY | sk-...
OPENAI_API_KEY | sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
DATADOG_DASHBOARD_ID | abc-def-ghi
VERSION | 1.24.0-rc.3+build.20260301
FONT_KEY | OpenSans-SemiBoldItalic
ICON | fa-key fa-lg text-muted
TOKEN_REGEX | ^[A-Za-z0-9_-]{20,40}$
ALPHABET | ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789
TRANSLATION_KEY | settings.security.password.change.title
LABEL | Passwort muss mindestens 12 Zeichen haben
CLASS_NAME | AbstractSingletonProxyFactoryBean
PASSWORD_POLICY | min12-upper-lower-digit
KEY_TYPE | EcdsaSecp256k1VerificationKey2019
`;

const FALSE_ROWS = FALSE_VALUES.trim()
  .split('\n')
  .map((row) => row.split(' | ') as [name: string, notation: string]);

export const FALSE_ENTRIES = FALSE_ROWS.length;

/** The trap of this number. */
export function falseEntry(number: number, random: Random): Entry {
  const [name, notation] = FALSE_ROWS[number % FALSE_ROWS.length] as [string, string];
  const value = written(notation, random);
  return { vendor: 'none', kind: `${name} ${notation}`, name, value, is: 'trap' };
}
