// What the signature of a commit says, once it is known whose key made it. SSH signatures are checked here; of OpenPGP and
// X.509 it is only said that they are such, for a SignatureVerifier that can do more.
import type { ObjectFormat, Oid } from '../../../protocol/oid.ts';
import { signedPayload } from '../../../protocol/signed-payload.ts';
import { sshSignatureBlob, verifySshSignature } from '../../../protocol/ssh-signature.ts';
import type { CodingAgentId, Evidence } from '../evidence.ts';
import { newEvidence } from './new-evidence.ts';

/** Whose key it is, as enrolled with us. */
export interface CommitSigner {
  readonly name: string;
  /** Given when the key is a coding agent's own. */
  readonly codingAgent?: CodingAgentId;
}

export type SignatureVerdict =
  | { readonly outcome: 'verified'; readonly signer: CommitSigner; readonly fingerprint?: string }
  /** None, of a kind that is not checked, or by a key that nobody enrolled: nothing is known. */
  | { readonly outcome: 'unverified'; readonly text: string }
  /** It is not what the key in it made. */
  | { readonly outcome: 'bad'; readonly text: string };

export type CheckedSignature =
  | { readonly outcome: 'good'; readonly key: Buffer; readonly fingerprint: string }
  | {
      readonly outcome: 'unchecked';
      readonly format: 'none' | 'ssh' | 'openpgp' | 'x509' | 'other';
      readonly text: string;
    }
  | { readonly outcome: 'bad'; readonly text: string };

/** What git signs commits for, PROTOCOL.sshsig. */
const NAMESPACE = 'git';

const FORMATS = [
  { format: 'openpgp', begins: /^-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----/ },
  { format: 'x509', begins: /^-----BEGIN SIGNED MESSAGE-----/ },
  { format: 'ssh', begins: /^-----BEGIN SSH SIGNATURE-----/ },
] as const; // gpg-interface.c

/** Checks the SSH signature of a commit object's content; not whose key it is. */
export function checkCommitSignature(content: Buffer, format: ObjectFormat): CheckedSignature {
  const parts = signedPayload(content, format);
  if (parts === undefined) return { outcome: 'unchecked', format: 'none', text: 'there is not exactly one signature' };
  const text = parts.signature.toString('latin1');
  const kind = FORMATS.find(({ begins }) => begins.test(text))?.format ?? 'other';
  if (kind !== 'ssh')
    return { outcome: 'unchecked', format: kind, text: `signatures of this kind (${kind}) are not checked` };
  const blob = sshSignatureBlob(text);
  if (blob === undefined) return { outcome: 'bad', text: 'the signature is malformed' };
  const verified = verifySshSignature({ blob, message: parts.payload, namespace: NAMESPACE });
  if (verified.outcome === 'verified') return { outcome: 'good', key: verified.key, fingerprint: verified.fingerprint };
  if (verified.why === 'not-taken') return { outcome: 'unchecked', format: 'ssh', text: verified.text };
  return { outcome: 'bad', text: verified.text };
}

/** `signer` is whose the key is: of the fingerprint's principal, `undefined` when nobody enrolled it. */
export function signatureVerdict(checked: CheckedSignature, signer: CommitSigner | undefined): SignatureVerdict {
  if (checked.outcome === 'unchecked') return { outcome: 'unverified', text: checked.text };
  if (checked.outcome === 'bad') return checked;
  if (signer === undefined) return { outcome: 'unverified', text: `nobody enrolled the key ${checked.fingerprint}` };
  return { outcome: 'verified', signer, fingerprint: checked.fingerprint };
}

/**
 * Speaks only for a coding agent that signed with its own key. A person's signature says who answers for the commit, not
 * who wrote it; one that does not verify may be made up by anybody.
 */
export function readSignature(commit: Oid, verdict: SignatureVerdict, receivedAt: number): Evidence[] {
  if (verdict.outcome !== 'verified' || verdict.signer.codingAgent === undefined) return [];
  const { signer, fingerprint } = verdict;
  return [
    newEvidence({
      kind: 'signature',
      tier: 'E4',
      scope: 'commit',
      target: { commit },
      claim: { by: 'ai', codingAgent: verdict.signer.codingAgent },
      field: 'signature',
      rule: 'signature/coding-agent-key',
      ruleVersion: '1',
      raw: fingerprint === undefined ? signer.name : `${signer.name} ${fingerprint}`,
      verifier: 'verified',
      observedAt: receivedAt,
      principal: signer.name,
    }),
  ];
}
