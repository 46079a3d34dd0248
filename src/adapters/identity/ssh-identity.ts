// Who a proof of SSH is: the owner of a registered key, or a user whom a certificate names. Everything that does not
// count is `undefined`, without saying which it was; why a certificate did not count is told to the log alone.
import { keyEnd, keyPolicyFault, type SshKeyPolicy } from '../../domain/identity/ssh-key-policy.ts';
import type { SshLogin } from '../../domain/identity/ssh-proof.ts';
import { judgeUserCertificate } from '../../domain/identity/user-certificate.ts';
import type { CertificateStore, Clock, Directory, KeyRecord } from '../../domain/ports.ts';
import type { CredentialUsed, Principal } from '../../domain/principal.ts';
import type { SshCertificate } from '../../protocol/ssh-certificate.ts';
import { sshKeyFingerprint } from '../../protocol/ssh-key.ts';
import type { Log } from '../log/log.ts';
import type { CertificateTrust } from './certificate-trust.ts';
import type { KnownPrincipal } from './local.ts';

export interface SshIdentity {
  /** Whoever proved this, if it counts now. The signature by the key was verified by the caller. */
  find(login: SshLogin): Promise<Principal | undefined>;
}

export interface SshIdentityOptions {
  readonly directory: Directory;
  readonly certificates: CertificateStore;
  /** The principal of that name now. */
  readonly principalOf: (name: string) => Promise<KnownPrincipal | undefined>;
  readonly trust: CertificateTrust;
  readonly keys: SshKeyPolicy;
  /** What users are called in certificates: `{name}`. */
  readonly principals: string;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSshIdentity(options: SshIdentityOptions): SshIdentity {
  const { directory, certificates, trust, keys, clock, log } = options;

  async function enabled(name: string, credential: CredentialUsed): Promise<Principal | undefined> {
    const known = await options.principalOf(name);
    if (known === undefined || known.disabled) return undefined;
    const { disabled: _, unknown, identities: _identities, ...rest } = known;
    if (unknown !== undefined && rest.groups.length === 0) return undefined;
    return { ...rest, credential };
  }

  async function ownerOfKey(login: SshLogin): Promise<Principal | undefined> {
    const { key, fingerprint } = login.proof;
    const known = await directory.findKeyByFingerprint(fingerprint);
    // A list that cannot be read says nothing of keys: they are revoked in the directory.
    const isRevoked = trust.revoked()?.isKeyRevoked(key) === true;
    const record = known !== undefined && !isRevoked && isUsable(known, login) ? known : undefined;
    const found = await enabled(record?.user ?? NOBODY, { kind: 'ssh-key', fingerprint });
    if (found !== undefined && record !== undefined && login.isNew) directory.touchKey(record.id, clock.now());
    return found;
  }

  function isUsable(record: KeyRecord, { proof, isNew }: SshLogin): boolean {
    if (record.revokedAt !== undefined || keyPolicyFault(proof.key, keys) !== undefined) return false;
    const end = keyEnd(record, keys);
    if (isNew && end !== undefined && end <= clock.now()) return false;
    if (proof.key.application === undefined) return record.verifyRequired !== true;
    return proof.userVerified || !(keys.verifyRequired || record.verifyRequired === true);
  }

  async function namedByCertificate(certificate: SshCertificate, login: SshLogin): Promise<Principal | undefined> {
    const rules = {
      isTrusted: trust.isTrusted,
      principals: options.principals,
      keys,
      now: clock.now(),
    };
    const verdict = judgeUserCertificate(certificate, login, rules);
    if (verdict.outcome === 'refused') return refuse(certificate, login, verdict.why);
    const why = (await revocationOf(certificate)) ?? (missesVerification(login) ? 'no PIN or fingerprint' : undefined);
    if (why !== undefined) return refuse(certificate, login, why);
    const users = await usersAmong(verdict.names, certificate);
    // One certificate may speak for several people (a team's); the login name then says who it is.
    const chosen = users.find((user) => user.name === login.user) ?? (users.length === 1 ? users[0] : undefined);
    return chosen ?? refuse(certificate, login, 'it names no user of ours, or several');
  }

  function missesVerification({ proof }: SshLogin): boolean {
    return proof.key.application !== undefined && keys.verifyRequired && !proof.userVerified;
  }

  async function revocationOf(certificate: SshCertificate): Promise<string | undefined> {
    const list = trust.revoked();
    if (list === undefined) return 'the revocation list cannot be read';
    if (list.isCertificateRevoked(certificate)) return 'it is on the revocation list';
    const authority = sshKeyFingerprint(certificate.authority.blob);
    const serial = String(certificate.serial);
    if (await certificates.isRevoked({ authority, serial })) return 'it is revoked';
    // Ours are all on record; one that is not was made by whoever has our key.
    if (authority !== trust.own) return undefined;
    return (await certificates.find(serial)) === undefined ? 'we did not issue it' : undefined;
  }

  async function usersAmong(names: readonly string[], certificate: SshCertificate): Promise<readonly Principal[]> {
    const credential: CredentialUsed = {
      kind: 'ssh-certificate',
      fingerprint: sshKeyFingerprint(certificate.key.blob),
      serial: String(certificate.serial),
      keyId: certificate.keyId,
      authority: sshKeyFingerprint(certificate.authority.blob),
    };
    const found = await Promise.all(names.slice(0, MAX_NAMES).map((name) => enabled(name, credential)));
    return found.filter((one) => one !== undefined);
  }

  function refuse(certificate: SshCertificate, { remoteAddress }: SshLogin, why: string): undefined {
    const serial = String(certificate.serial);
    log.info({ serial, keyId: certificate.keyId, remoteAddress, why }, 'ssh certificate refused');
    return undefined;
  }

  return {
    find: (login) =>
      login.proof.certificate === undefined ? ownerOfKey(login) : namedByCertificate(login.proof.certificate, login),
  };
}

/** Of no user: looked up where there is nobody, so that it takes the same work. */
const NOBODY = '';
/** Principals that are looked up: each costs a read. */
const MAX_NAMES = 32;
