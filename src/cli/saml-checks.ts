// The lines of `sallyport doctor` about SAML providers. Nothing is asked of one: only browsers go there.
import type { X509Certificate } from 'node:crypto';
import type { Config, KeyPairConfig, SamlConfig } from '../adapters/config/config.ts';
import { SecretError } from '../adapters/config/secret.ts';
import { readCertificateFile } from '../adapters/identity/saml/certificates.ts';
import { readPair } from '../gateway/identity-parts.ts';
import { type Check, fault, ok, warning } from './checks.ts';

const DAY = 24 * 3600e3;
/** How long before the end of the last certificate it is time to get the next. */
const NOTICE = 30 * DAY;

export async function checkSaml(settings: SamlConfig, config: Config): Promise<readonly Check[]> {
  const name = `saml ${settings.name}`;
  const { signRequests, decryption } = settings;
  return [
    await checkCertificates(name, settings),
    ...(signRequests ? await checkPair(name, 'signRequests', signRequests, config) : []),
    ...(decryption ? await checkPair(name, 'decryption', decryption, config) : []),
    ...(Object.keys(settings.groups).length > 0
      ? []
      : [warning(name, 'maps no groups: whoever logs in may do nothing', 'name groups of the provider in `groups:`')]),
    checkAddress(name, settings.name, config),
  ];
}

async function checkCertificates(name: string, { idpCertificate, idpIssuer }: SamlConfig): Promise<Check> {
  let all: readonly X509Certificate[];
  try {
    all = await readCertificateFile(idpCertificate);
  } catch (error) {
    return fault(
      name,
      `idpCertificate: ${reasonOf(error)}`,
      "save the provider's signing certificate there, in PEM form",
    );
  }
  const now = Date.now();
  const good = all.filter(
    ({ validFromDate, validToDate }) => validFromDate.getTime() <= now && now < validToDate.getTime(),
  );
  const hint = "add the provider's new certificate to the file; several may be in it";
  if (good.length === 0) return fault(name, 'no certificate of idpCertificate is valid now: nobody can log in', hint);
  const days = Math.floor((Math.max(...all.map(({ validToDate }) => validToDate.getTime())) - now) / DAY);
  const count = `${good.length} ${good.length === 1 ? 'certificate' : 'certificates'}`;
  if (days * DAY < NOTICE) return warning(name, `the last certificate ends in ${days} days`, hint);
  return ok(name, `${idpIssuer}, ${count}, the last for ${days} days`);
}

async function checkPair(name: string, key: string, pair: KeyPairConfig, config: Config): Promise<readonly Check[]> {
  try {
    await readPair(pair, config);
    return [];
  } catch (error) {
    return [fault(name, `${key}: ${reasonOf(error)}`, 'make both with `openssl req -x509 -newkey rsa:3072 -nodes`')];
  }
}

function checkAddress(check: string, name: string, { gateway }: Config): Check {
  const path = `/login/metadata/${name}`;
  const { publicUrl } = gateway;
  if (publicUrl !== undefined) return ok(check, `the provider reads about us at ${publicUrl}${path}`);
  return warning(
    check,
    'gateway.publicUrl is not set',
    `the provider compares addresses letter by letter: <url>${path}`,
  );
}

/** What to tell of a file or a key; a system's error would quote no more than its path. */
function reasonOf(error: unknown): string {
  if (error instanceof SecretError) return error.message;
  if (!(error instanceof Error)) return 'cannot be read';
  return 'code' in error && typeof error.code === 'string' ? `cannot be read (${error.code})` : error.message;
}
