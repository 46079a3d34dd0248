// A short-lived SSH certificate for whoever is logged in: for a new key that only the agent has, or, without an agent,
// for one in a file. Asked for again before it ends, so that ssh_config can call it before each connection.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureSshKeyFile, generateSshKey, loadSshPrivateKey } from '../adapters/keys/ssh-private-key.ts';
import { newCertificateJson } from '../gateway/api/certificates.ts';
import { decodeSshCertificate, type SshCertificate } from '../protocol/ssh-certificate.ts';
import { formatSshPublicKeyLine, type SshPublicKey } from '../protocol/ssh-key.ts';
import { ask, type Client } from './client.ts';
import { findSshAgent, type SshAgent } from './ssh-agent.ts';
import { CommandError } from './terminal.ts';

export interface SshCertificateOptions {
  /** A private key file to use instead of the agent; made when it is missing. The certificate goes beside it. */
  readonly key?: string;
  /** Names it in the agent, so that another gate's is not taken for it: the address of the gate. */
  readonly gate: string;
  /** Milliseconds since the epoch. Default: now. */
  readonly now?: number;
  /** Default: SSH_AUTH_SOCK. */
  readonly agentSocket?: string | undefined;
}

export interface ObtainedSshCertificate {
  /** `kept`: the one that is there is good for a while yet. */
  readonly outcome: 'issued' | 'kept';
  /** Where it is: the ssh agent, or the file of the private key (the certificate is beside it). */
  readonly place: { readonly kind: 'agent' } | { readonly kind: 'file'; readonly file: string };
  /** Milliseconds since the epoch. */
  readonly validBefore: number;
  readonly serial: string;
  readonly principals: readonly string[];
}

/** Below that much time left, a new one is asked for. */
const RENEW_MS = 5 * 60_000;

/** Where the key is kept when there is no agent. */
export function defaultSshKeyFile(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'sallyport', 'ssh', 'id_ed25519');
}

/** Sees to it that this person has a valid certificate. `connect` is called only when one must be asked for. */
export async function obtainSshCertificate(
  connect: () => Promise<Client>,
  options: SshCertificateOptions,
): Promise<ObtainedSshCertificate> {
  const agent =
    options.key === undefined ? await findSshAgent(options.agentSocket ?? process.env['SSH_AUTH_SOCK']) : undefined;
  if (agent !== undefined) return obtainInAgent(connect, agent, options);
  return obtainInFile(connect, options.key ?? defaultSshKeyFile(), options.now ?? Date.now());
}

async function obtainInAgent(
  connect: () => Promise<Client>,
  agent: SshAgent,
  { gate, now = Date.now() }: SshCertificateOptions,
): Promise<ObtainedSshCertificate> {
  const comment = `sallyport ${gate}`;
  const known = (await agent.list()).filter((identity) => identity.comment === comment);
  for (const { blob } of known) {
    const certificate = decodeSshCertificate(blob);
    if (!('refused' in certificate) && isGood(certificate, now)) return kept(certificate, { kind: 'agent' });
  }
  const key = generateSshKey('ed25519', comment);
  const certificate = await request(connect, key.key);
  const left = Math.floor((endOf(certificate) - now) / 1000);
  // The old ones would be tried first, and count as failed logins once they have ended.
  for (const { blob } of known) await agent.remove(blob).catch(() => {});
  await agent.add(key, certificate.blob, comment, Math.max(1, left));
  return { ...kept(certificate, { kind: 'agent' }), outcome: 'issued' };
}

async function obtainInFile(
  connect: () => Promise<Client>,
  file: string,
  now: number,
): Promise<ObtainedSshCertificate> {
  const place = { kind: 'file', file } as const;
  const there = await readCertificate(`${file}-cert.pub`);
  if (there !== undefined && isGood(there, now)) {
    // Of another key it would be of no use.
    const { key } = await loadSshPrivateKey(file);
    if (key.blob.equals(there.key.blob)) return kept(there, place);
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const { key } = await ensureSshKeyFile(file, 'ed25519', 'sallyport');
  const certificate = await request(connect, key);
  await replaceFile(`${file}-cert.pub`, `${certificateLine(certificate)}\n`);
  return { ...kept(certificate, place), outcome: 'issued' };
}

async function request(connect: () => Promise<Client>, key: SshPublicKey): Promise<SshCertificate> {
  const client = await connect();
  try {
    const body = { key: formatSshPublicKeyLine(key) };
    const { value } = await ask(client, newCertificateJson, 'POST', '/api/v1/ssh/certificates', body);
    const certificate = parseLine(value.certificate);
    if (certificate === undefined || !certificate.key.blob.equals(key.blob)) {
      throw new CommandError(
        'the gateway gave a certificate that cannot be used',
        'use the command line of its version',
      );
    }
    return certificate;
  } finally {
    await client.close();
  }
}

async function readCertificate(file: string): Promise<SshCertificate | undefined> {
  return parseLine(await readFile(file, 'utf8').catch(() => ''));
}

function parseLine(text: string): SshCertificate | undefined {
  const certificate = decodeSshCertificate(Buffer.from(text.split(/\s+/)[1] ?? '', 'base64'));
  return 'refused' in certificate ? undefined : certificate;
}

function certificateLine(certificate: SshCertificate): string {
  const type = certificate.blob.subarray(4, 4 + certificate.blob.readUInt32BE(0)).toString('latin1');
  return `${type} ${certificate.blob.toString('base64')} ${certificate.keyId}`;
}

/** ssh may read it at any moment. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(temporary, file).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}

function isGood(certificate: SshCertificate, now: number): boolean {
  return endOf(certificate) - now > RENEW_MS;
}

function endOf({ validBefore }: SshCertificate): number {
  return Number(validBefore) * 1000;
}

function kept(certificate: SshCertificate, place: ObtainedSshCertificate['place']): ObtainedSshCertificate {
  const { serial, principals } = certificate;
  return { outcome: 'kept', place, validBefore: endOf(certificate), serial: String(serial), principals };
}
