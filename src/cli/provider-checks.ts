// The lines of `sallyport doctor` about identity providers.
import type { Config, OidcConfig } from '../adapters/config/config.ts';
import { readSecret, SecretError } from '../adapters/config/secret.ts';
import { inspectProvider, type ProviderFinding } from '../adapters/identity/oidc/inspect-provider.ts';
import { type Check, fault, ok, warning } from './checks.ts';
import { checkSaml } from './saml-checks.ts';

export async function checkProviders(config: Config): Promise<readonly Check[]> {
  const { oidc, workloads, saml } = config.identity;
  const people = oidc.map((settings) => checkProvider(settings, config));
  const jobs = workloads.map(async ({ name, issuer, ca }) =>
    toChecks(`workloads ${name}`, issuer, await inspectProvider({ issuer, ...(ca !== undefined && { ca }) })),
  );
  return (await Promise.all([...people, ...jobs, ...saml.map((one) => checkSaml(one, config))])).flat();
}

async function checkProvider(settings: OidcConfig, config: Config): Promise<readonly Check[]> {
  const name = `oidc ${settings.name}`;
  let secret: string | undefined;
  try {
    secret = settings.clientSecret && (await readSecret(settings.clientSecret, config.file));
  } catch (error) {
    const problem = error instanceof SecretError ? error.message : 'cannot be read';
    return [fault(name, `its client secret: ${problem}`, 'nobody can log in with this provider until it can be read')];
  }
  return [
    ...toChecks(name, settings.issuer, await inspectProvider(settings, secret)),
    ...(Object.keys(settings.groups).length > 0
      ? []
      : [warning(name, 'maps no groups: whoever logs in may do nothing', 'name groups of the provider in `groups:`')]),
    ...checkAddress(name, settings.name, config),
  ];
}

function toChecks(
  name: string,
  issuer: string,
  { findings, keys }: Awaited<ReturnType<typeof inspectProvider>>,
): readonly Check[] {
  if (findings.length === 0) return [ok(name, `${issuer}, ${keys} ${keys === 1 ? 'key' : 'keys'}`)];
  return findings.map((finding) => toCheck(name, issuer, finding));
}

function toCheck(name: string, issuer: string, finding: ProviderFinding): Check {
  switch (finding.kind) {
    case 'unreachable': {
      const hint = /TLS/.test(finding.reason)
        ? 'name the authority that signed its certificate with `ca:`'
        : 'is the issuer right, and may this machine reach it?';
      return fault(name, `${issuer}: ${finding.reason}`, hint);
    }
    case 'wrong-issuer':
      return fault(
        name,
        `calls itself ${finding.calledItself.slice(0, 200)}, not ${issuer}`,
        'write the issuer exactly as the provider does, with or without the slash at its end',
      );
    case 'clock': {
      const { seconds } = finding;
      const way = seconds > 0 ? 'ahead of' : 'behind';
      return fault(
        name,
        `its clock is ${Math.abs(seconds)} seconds ${way} ours`,
        'set the clock, and keep it with NTP',
      );
    }
    case 'no-keys':
      return fault(name, `its keys cannot be read: ${finding.reason}`, 'no token of it can be checked without them');
    case 'wrong-client':
      return fault(name, `does not accept us as its client (${finding.code})`, 'check clientId and clientSecret');
    case 'client-unclear':
      return warning(name, `whether it accepts us is unclear (${finding.code})`, 'log in once to see');
  }
}

/** The provider compares the address letter by letter. */
function* checkAddress(check: string, name: string, { gateway }: Config): Generator<Check> {
  const path = `/login/callback/${name}`;
  if (gateway.publicUrl === undefined) {
    yield warning(
      check,
      'gateway.publicUrl is not set',
      `the provider must know the address to return to: <url>${path}`,
    );
  } else yield ok(check, `returns to ${gateway.publicUrl}${path}`);
}
