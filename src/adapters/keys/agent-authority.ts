// The gateway's own authority for agents: it vouches for the gateway towards agents and for agents towards the gateway,
// and for nothing else. node-forge mints (nothing in Node does); what is minted is verified by node:tls and node:crypto.
// Its key never leaves `keysDir`; agents bring public keys alone.
import { generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AgentCertificate } from '../../domain/enrolment.ts';
import { GATEWAY_NAME } from '../../protocol/agent-link.ts';

export const AGENT_AUTHORITY_FILE = 'agents-ca.pem';
export const GATEWAY_KEY_FILE = 'agents-gateway.key';

const DAY = 24 * 60 * 60_000;
const AUTHORITY_LIFE = 20 * 365 * DAY;
const GATEWAY_LIFE = 397 * DAY;
/** Clocks of agents may be behind by as much. */
const BACKDATED = 60 * 60_000;
const MODULUS = 3072;

export interface IssuedCertificate extends AgentCertificate {
  readonly pem: string;
}

export interface AgentAuthority {
  /** PEM. */
  readonly certificate: string;
  /** base64url SHA-256 of the certificate: what join tokens carry. */
  readonly pin: string;
  /** Key, and a fresh certificate with its chain, for the port that agents dial. */
  gatewayIdentity(now: number): { readonly key: string; readonly cert: string };
  /** For this agent and its public key (PEM), for `life` milliseconds. Throws on a key that is no RSA key of 3072 bits or more. */
  issue(order: {
    readonly id: string;
    readonly publicKey: string;
    readonly now: number;
    readonly life: number;
  }): IssuedCertificate;
}

/** The authority whose key is in `dir`; made when there is none. Throws with a hint. */
export async function ensureAgentAuthority(dir: string, now: number): Promise<AgentAuthority> {
  // Only a gateway that takes agents pays for it.
  const { default: forge } = await import('node-forge');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const own = await ensureFile(join(dir, AGENT_AUTHORITY_FILE), async () => {
    const key = await newKey();
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.publicKeyFromPem(key.publicKey);
    certificate.serialNumber = newSerial();
    setLife(certificate, now - BACKDATED, AUTHORITY_LIFE);
    const name = [{ name: 'commonName', value: 'Sallyport agents' }];
    certificate.setSubject(name);
    certificate.setIssuer(name);
    certificate.setExtensions([
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]);
    certificate.sign(forge.pki.privateKeyFromPem(key.privateKey), forge.md.sha256.create());
    return `${key.privateKey}${forge.pki.certificateToPem(certificate)}`;
  });
  const gatewayKey = await ensureFile(join(dir, GATEWAY_KEY_FILE), async () => {
    const { privateKey, publicKey } = await newKey();
    return `${privateKey}${publicKey}`;
  });
  const certificate = blockOf(own, 'CERTIFICATE', AGENT_AUTHORITY_FILE);
  const signer = forge.pki.privateKeyFromPem(blockOf(own, 'PRIVATE KEY', AGENT_AUTHORITY_FILE));
  const authority = forge.pki.certificateFromPem(certificate);

  interface Wanted {
    readonly publicKey: string;
    readonly commonName: string;
    /** Milliseconds since the epoch. */
    readonly until: number;
    readonly isServer: boolean;
  }
  function mint({ publicKey, commonName, until, isServer }: Wanted): string {
    const made = forge.pki.createCertificate();
    made.publicKey = forge.pki.publicKeyFromPem(publicKey);
    made.serialNumber = newSerial();
    // As long as the authority itself has been there: nobody's clock can be behind that. What counts is the end.
    made.validity.notBefore = authority.validity.notBefore;
    made.validity.notAfter = new Date(until);
    made.setSubject([{ name: 'commonName', value: commonName }]);
    made.setIssuer(authority.subject.attributes);
    made.setExtensions([
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      // So that an agent cannot pass itself off as the gateway, nor the gateway's certificate serve an agent.
      { name: 'extKeyUsage', serverAuth: isServer, clientAuth: !isServer },
      ...(isServer ? [{ name: 'subjectAltName', altNames: [{ type: 2, value: GATEWAY_NAME }] }] : []),
      { name: 'subjectKeyIdentifier' },
    ]);
    made.sign(signer, forge.md.sha256.create());
    return forge.pki.certificateToPem(made);
  }

  return {
    certificate,
    pin: Buffer.from(fingerprintOf(certificate), 'hex').toString('base64url'),
    gatewayIdentity(from) {
      const publicKey = blockOf(gatewayKey, 'PUBLIC KEY', GATEWAY_KEY_FILE);
      const cert = mint({ publicKey, commonName: GATEWAY_NAME, until: from + GATEWAY_LIFE, isServer: true });
      return { key: blockOf(gatewayKey, 'PRIVATE KEY', GATEWAY_KEY_FILE), cert: `${cert}${certificate}` };
    },
    issue({ id, publicKey, now: issuedAt, life }) {
      const key = forge.pki.publicKeyFromPem(publicKey);
      if (!('n' in key) || key.n.bitLength() < MODULUS)
        throw new TypeError(`an agent's key has ${MODULUS} bits or more`);
      const pem = mint({ publicKey, commonName: id, until: issuedAt + life, isServer: false });
      return { pem, fingerprint: fingerprintOf(pem), issuedAt, expiresAt: issuedAt + life };
    },
  };

  function setLife(made: { validity: { notBefore: Date; notAfter: Date } }, from: number, life: number): void {
    made.validity.notBefore = new Date(from);
    made.validity.notAfter = new Date(from + life);
  }
}

/** Hex SHA-256 of a certificate's DER form. */
export function fingerprintOf(pem: string | X509Certificate): string {
  const certificate = typeof pem === 'string' ? new X509Certificate(pem) : pem;
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** 127 random bits: positive in DER, and never the same twice (RFC 5280, section 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function newKey(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** Whole or not at all, and never over an existing one: two gateways that start at once use the same. */
async function ensureFile(path: string, make: () => Promise<string>): Promise<string> {
  const known = load(path);
  if (known !== undefined) return known;
  const text = await make();
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
  try {
    chmodSync(temporary, 0o600);
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
  const made = load(path);
  if (made === undefined) throw new Error(`${path} went away while it was read`);
  return made;
}

function load(path: string): string | undefined {
  try {
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      throw new Error(`${path} can be read by others\nhint: chmod 600 ${path}, and replace it if it was copied`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function blockOf(text: string, label: string, file: string): string {
  const block = new RegExp(`-----BEGIN ${label}-----[\\s\\S]+?-----END ${label}-----\n?`).exec(text)?.[0];
  if (block === undefined) {
    throw new Error(
      `${file} holds no ${label.toLowerCase()}\nhint: put it back, or remove it: every agent then has to join anew`,
    );
  }
  return block.endsWith('\n') ? block : `${block}\n`;
}
