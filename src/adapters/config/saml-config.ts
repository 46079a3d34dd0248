// One entry of identity.saml, as the file has it → as it is used.
import type { SecretSource } from '../../domain/credential-config.ts';
import type { KeyPairConfig, SamlConfig } from './config.ts';
import type { FileContent } from './schema.ts';

type Entry = FileContent['identity']['saml'][number];
type Pair = NonNullable<Entry['decryption']>;

/** With which paths are made absolute. */
interface Places {
  path(relative: string): string;
  secret(source: SecretSource): SecretSource;
}

export function toSaml(entry: Entry, places: Places): SamlConfig {
  const { issuer, nameAttribute, subjectAttribute, emailAttribute, signRequests, decryption, ...rest } = entry;
  return {
    ...rest,
    idpCertificate: places.path(entry.idpCertificate),
    ...(issuer !== undefined && { issuer }),
    ...(nameAttribute !== undefined && { nameAttribute }),
    ...(subjectAttribute !== undefined && { subjectAttribute }),
    ...(emailAttribute !== undefined && { emailAttribute }),
    ...(signRequests && { signRequests: toPair(signRequests, places) }),
    ...(decryption && { decryption: toPair(decryption, places) }),
  };
}

function toPair({ key, certificate }: Pair, { path, secret }: Places): KeyPairConfig {
  return { key: secret(key), certificate: path(certificate) };
}
