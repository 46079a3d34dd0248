// Whose certificates count, and which of them no longer do: the authorities and the revocation list of sallyport.yaml,
// with our own authority. The list is read again when its file changes; while it cannot be read, no certificate counts.
import { readFileSync, statSync } from 'node:fs';
import { type SshPublicKey, sshKeyFingerprint } from '../../protocol/ssh-key.ts';
import { parseSshPublicKeyLines } from '../../protocol/ssh-key-lines.ts';
import { NOTHING_REVOKED, parseRevocationList, type RevocationList } from '../../protocol/ssh-revocation.ts';
import type { Log } from '../log/log.ts';

export interface CertificateTrust {
  /** Fingerprint of our own authority's key. */
  readonly own: string;
  isTrusted(authority: SshPublicKey): boolean;
  /** The list of now; `undefined` while it cannot be read. */
  revoked(): RevocationList | undefined;
}

export interface CertificateTrustOptions {
  readonly own: SshPublicKey;
  /** Files of public keys, one a line. */
  readonly authorities: readonly string[];
  /** A KRL or a list that people write. */
  readonly revoked?: string;
  readonly log: Log;
}

/** Throws, with a hint, when a file cannot be used at the start. */
export function openCertificateTrust(options: CertificateTrustOptions): CertificateTrust {
  const own = sshKeyFingerprint(options.own.blob);
  const trusted = new Set([own, ...options.authorities.flatMap(loadAuthorities)]);
  const list = options.revoked === undefined ? undefined : openList(options.revoked, options.log);
  return {
    own,
    isTrusted: (authority) => trusted.has(sshKeyFingerprint(authority.blob)),
    revoked: () => (list === undefined ? NOTHING_REVOKED : list()),
  };
}

/** Fingerprints of the keys in a file; throws, with a hint, when it has none or one that is not usable. */
export function loadAuthorities(file: string): readonly string[] {
  const lines = parseSshPublicKeyLines(readFileSync(file, 'utf8'));
  if (lines.length === 0) throw new Error(`${file} names no authority\nhint: it is a file of public keys, one a line`);
  return lines.map(({ line, key }) => {
    if ('refused' in key) throw new Error(`${file}, line ${line}: ${key.refused}\nhint: ${key.hint}`);
    return key.fingerprint;
  });
}

function openList(file: string, log: Log): () => RevocationList | undefined {
  let stamp = stampOf(file);
  let list: RevocationList | undefined = loadRevocationList(file);
  return () => {
    const now = stampOf(file);
    if (now === stamp) return list;
    stamp = now;
    try {
      list = loadRevocationList(file);
    } catch (error) {
      list = undefined;
      log.error({ file, problem: String(error) }, 'the revocation list cannot be used: no ssh certificate is accepted');
    }
    return list;
  };
}

/** Throws, with a hint, when the list cannot be used. */
export function loadRevocationList(file: string): RevocationList {
  const list = parseRevocationList(readFileSync(file));
  if ('refused' in list) throw new Error(`${file}: ${list.refused}\nhint: ${list.hint}`);
  return list;
}

/** Changes whenever the file does; reading it is cheap enough for every login. */
function stampOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'absent' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
