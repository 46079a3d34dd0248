// Does a certificate count for a login? Every rule but two: whether it is revoked, and whether its names are users.
import { isInRanges } from '../../protocol/address-range.ts';
import { isSignedByAuthority, type SshCertificate } from '../../protocol/ssh-certificate.ts';
import type { SshPublicKey } from '../../protocol/ssh-key.ts';
import { keyPolicyFault, type SshKeyPolicy } from './ssh-key-policy.ts';
import type { SshLogin } from './ssh-proof.ts';

export interface CertificateRules {
  isTrusted(authority: SshPublicKey): boolean;
  /** What users are called in certificates, with `{name}` for the name: `{name}`, `{name}@example.com`. */
  readonly principals: string;
  readonly keys: SshKeyPolicy;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type CertificateVerdict =
  | {
      readonly outcome: 'accepted';
      /** Names of users, if there are such, for whom the certificate speaks. */
      readonly names: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly why: string };

/** Judges by what the certificate says. The signature of its key was verified by the caller. */
export function judgeUserCertificate(
  certificate: SshCertificate,
  login: SshLogin,
  rules: CertificateRules,
): CertificateVerdict {
  const why =
    kindFault(certificate, rules) ??
    (login.isNew ? validityFault(certificate, rules.now) : undefined) ??
    optionFault(certificate, login);
  if (why !== undefined) return refused(why);
  const names = namesIn(certificate, rules.principals);
  // sshd would take one without names for everybody; so would a slip in somebody's script.
  return names.length === 0 ? refused('it names no user') : { outcome: 'accepted', names };
}

/** The only authority that may sign is asked for before its signature is looked at: strangers cost us one check less. */
function kindFault(certificate: SshCertificate, rules: CertificateRules): string | undefined {
  if (certificate.kind !== 'user') return 'it is a certificate of a host';
  if (!rules.isTrusted(certificate.authority)) return 'its authority is not trusted';
  if (!isSignedByAuthority(certificate)) return 'its authority did not sign it';
  return keyPolicyFault(certificate.key, rules.keys)?.refused;
}

function validityFault({ validAfter, validBefore }: SshCertificate, now: number): string | undefined {
  const seconds = BigInt(Math.floor(now / 1000));
  if (seconds < validAfter) return 'it is not valid yet';
  return seconds < validBefore ? undefined : 'it has expired';
}

function optionFault({ criticalOptions }: SshCertificate, login: SshLogin): string | undefined {
  for (const [name, value] of criticalOptions) {
    const fault = faultOfOption(name, value, login);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfOption(name: string, value: string, { proof, remoteAddress }: SshLogin): string | undefined {
  switch (name) {
    case 'source-address':
      if (isInRanges(remoteAddress, value) === true) return undefined;
      return 'it is for other addresses';
    case 'verify-required':
      // Of no use on a plain key: nobody could tell whether a person was there.
      return value === '' && proof.userVerified ? undefined : 'it asks for a PIN or fingerprint that was not given';
    case 'force-command':
      return 'it is for one command alone, which is none of git';
    default:
      return 'it has a critical option that is not known here';
  }
}

function namesIn({ principals }: SshCertificate, pattern: string): readonly string[] {
  const [before = '', after = ''] = pattern.split('{name}');
  const names = principals
    .filter((one) => one.length > before.length + after.length && one.startsWith(before) && one.endsWith(after))
    .map((one) => one.slice(before.length, one.length - after.length));
  return [...new Set(names)];
}

function refused(why: string): CertificateVerdict {
  return { outcome: 'refused', why };
}
