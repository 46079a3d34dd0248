// Identity as the configuration wants it: our own directory, and the providers that vouch for people and jobs.
import { readFile } from 'node:fs/promises';
import type { Config, KeyPairConfig, OidcConfig } from '../adapters/config/config.ts';
import { readSecret } from '../adapters/config/secret.ts';
import { createFederation, type Federation } from '../adapters/identity/federation.ts';
import { createIdentity, type LocalIdentity } from '../adapters/identity/local.ts';
import { openOidcProvider } from '../adapters/identity/oidc/oidc-provider.ts';
import { openWorkloadIssuer } from '../adapters/identity/oidc/workload-issuer.ts';
import { type KeyPair, readKeyPair } from '../adapters/identity/saml/key-pair.ts';
import { openSaml } from '../adapters/identity/saml/saml-provider.ts';
import type { Log } from '../adapters/log/log.ts';
import type { Store } from '../adapters/store/store.ts';
import type { LoginProvider } from '../domain/identity/login-provider.ts';
import type { Clock } from '../domain/ports.ts';

export interface IdentityParts {
  readonly identity: LocalIdentity;
  readonly federation: Federation;
  readonly providers: readonly LoginProvider[];
}

/** Nothing is asked of any provider before somebody needs it. */
export function openIdentity(
  config: Config,
  { directory, identities, assertions, grants }: Pick<Store, 'directory' | 'identities' | 'assertions' | 'grants'>,
  { clock, log, publicUrl }: { readonly clock: Clock; readonly log: Log; readonly publicUrl: () => string },
): IdentityParts {
  const { oidc, workloads, saml, recheck, loginLasts } = config.identity;
  const providers = [
    ...oidc.map((settings) => openOidcProvider(settings, { clock, log, ...secretOf(settings, config) })),
    ...saml.map(({ signRequests, decryption, ...settings }) =>
      openSaml(settings, {
        publicUrl,
        ledger: assertions,
        clock,
        ...(signRequests && { readSigning: () => readPair(signRequests, config) }),
        ...(decryption && { readDecryption: () => readPair(decryption, config) }),
      }),
    ),
  ];
  const federation = createFederation({
    directory,
    identities,
    providers,
    workloads: workloads.map((settings) => openWorkloadIssuer(settings, { clock })),
    clock,
    log,
    recheckMs: recheck,
    loginLastsMs: loginLasts,
  });
  const { grantsOnly } = config.identity.codingAgents;
  return { identity: createIdentity({ directory, clock, federation, grants, grantsOnly }), federation, providers };
}

function secretOf({ clientSecret }: OidcConfig, { file }: Config) {
  return clientSecret === undefined ? {} : { readClientSecret: () => readSecret(clientSecret, file) };
}

/** Rejects with what is wrong; the key itself is in no message. */
export async function readPair({ key, certificate }: KeyPairConfig, { file }: Config): Promise<KeyPair> {
  return readKeyPair(await readSecret(key, file), await readFile(certificate, 'utf8'));
}
