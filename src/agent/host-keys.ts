// Whether an ssh upstream is who we think it is. Keys are pinned by the configuration; nothing is trusted on first use,
// since the first connection is where a man in the middle would take the place of the server.
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decodeBytes } from '../protocol/bytes.ts';
import { sshKeyFingerprint } from '../protocol/ssh-key.ts';
import type { ParsedTarget } from './target.ts';

/** What is pinned for one host. */
export interface HostKeyPins {
  readonly isEmpty: boolean;
  /** Host key algorithms of the pinned keys, for the negotiation; empty = unknown, so any. */
  readonly algorithms: readonly string[];
  /** As `SHA256:…`, for messages. */
  readonly fingerprints: readonly string[];
  accepts(blob: Buffer): boolean;
}

/** The pins cannot be read: names the file and the line. */
export class HostKeyError extends Error {
  override readonly name = 'HostKeyError';
}

const MAX_KNOWN_HOSTS_BYTES = 4 * 1024 * 1024;

/** Reads the pins of a target now: a changed file counts from the next connection on. */
export async function loadHostKeyPins(target: ParsedTarget): Promise<HostKeyPins> {
  const fingerprints = new Set<string>();
  const revoked = new Set<string>();
  const algorithms = new Set<string>();
  let isComplete = true;
  for (const pin of target.hostKeys) {
    if (pin.startsWith('SHA256:')) {
      fingerprints.add(pin.replace(/=+$/, ''));
      isComplete = false;
      continue;
    }
    const [algorithm = '', base64 = ''] = pin.trim().split(/\s+/);
    const blob = decodeKey(algorithm, base64);
    if (blob === undefined)
      throw new HostKeyError(`upstream ${target.name}: hostKeys holds a line that is no host key`);
    fingerprints.add(sshKeyFingerprint(blob));
    algorithms.add(algorithm);
  }
  if (target.knownHosts !== undefined) {
    for (const line of await readKnownHosts(target.knownHosts)) {
      if (!line.matches(target.host, target.port)) continue;
      if (line.marker === '@revoked') revoked.add(line.fingerprint);
      else if (line.marker === undefined) {
        fingerprints.add(line.fingerprint);
        algorithms.add(line.algorithm);
      }
    }
  }
  return {
    isEmpty: fingerprints.size === 0,
    algorithms: isComplete ? [...algorithms] : [],
    fingerprints: [...fingerprints],
    accepts(blob) {
      const fingerprint = sshKeyFingerprint(blob);
      return fingerprints.has(fingerprint) && !revoked.has(fingerprint);
    },
  };
}

/** A host key as `<algorithm> <base64>`, fit for `hostKeys`; `undefined` when the blob is none. */
export function formatHostKey(blob: Buffer): string | undefined {
  const algorithm = algorithmOf(blob);
  return algorithm === undefined ? undefined : `${algorithm} ${blob.toString('base64')}`;
}

interface KnownHostsLine {
  readonly marker?: string;
  readonly algorithm: string;
  readonly fingerprint: string;
  matches(host: string, port: number): boolean;
}

/** sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Lines we cannot read are skipped, as OpenSSH does: they pin nothing. */
async function readKnownHosts(path: string): Promise<KnownHostsLine[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new HostKeyError(`known_hosts file ${path} cannot be read`, { cause: error });
  }
  if (bytes.length > MAX_KNOWN_HOSTS_BYTES) throw new HostKeyError(`known_hosts file ${path} is too large`);
  const lines: KnownHostsLine[] = [];
  for (const line of decodeBytes(bytes).split('\n')) {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) continue;
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [patterns = '', algorithm = '', base64 = ''] = fields;
    const blob = decodeKey(algorithm, base64);
    if (blob === undefined) continue;
    lines.push({
      algorithm,
      fingerprint: sshKeyFingerprint(blob),
      matches: (host, port) => matchesHost(patterns, host, port),
      ...(marker !== undefined && { marker }),
    });
  }
  return lines;
}

function matchesHost(patterns: string, host: string, port: number): boolean {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const hashed = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(patterns);
  if (hashed !== null) {
    const salt = Buffer.from(hashed[1] as string, 'base64');
    return createHmac('sha1', salt).update(name).digest('base64') === hashed[2];
  }
  let isMatch = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    const isNegated = pattern.startsWith('!');
    if (!matchesWildcards(isNegated ? pattern.slice(1) : pattern, name)) continue;
    if (isNegated) return false;
    isMatch = true;
  }
  return isMatch;
}

/** `*` and `?` only. Without a regular expression: no pattern can make it slow. */
function matchesWildcards(pattern: string, text: string): boolean {
  let p = 0;
  let star = -1;
  let starText = 0;
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      starText = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++starText;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** The wire form, when it is one and names the same algorithm (RFC 4253, section 6.6). */
function decodeKey(algorithm: string, base64: string): Buffer | undefined {
  const blob = Buffer.from(base64, 'base64');
  return algorithmOf(blob) === algorithm ? blob : undefined;
}

function algorithmOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) return undefined;
  const algorithm = blob.toString('latin1', 4, 4 + length);
  return /^[a-z0-9@.-]+$/.test(algorithm) ? algorithm : undefined;
}
