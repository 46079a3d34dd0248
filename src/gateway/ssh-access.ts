// Everything about SSH that doors and API share: who may log in, our authorities, and the host keys of the moment.
import { hostname } from 'node:os';
import type { Config } from '../adapters/config/config.ts';
import { isLoopback } from '../adapters/config/listen.ts';
import { openCertificateTrust } from '../adapters/identity/certificate-trust.ts';
import type { LocalIdentity } from '../adapters/identity/local.ts';
import { createSshIdentity, type SshIdentity } from '../adapters/identity/ssh-identity.ts';
import { type HostKeyRing, loadHostKeyRing, rotateHostKeys } from '../adapters/keys/host-keys.ts';
import { ensureSshAuthorities, type SshAuthorities } from '../adapters/keys/ssh-authorities.ts';
import type { SshPrivateKey } from '../adapters/keys/ssh-private-key.ts';
import type { Log } from '../adapters/log/log.ts';
import type { Store } from '../adapters/store/store.ts';
import type { Clock } from '../domain/ports.ts';
import { encodeSshCertificate } from '../protocol/ssh-certificate.ts';
import { formatSshPublicKeyLine } from '../protocol/ssh-key.ts';
import type { SshAdministration } from './api/ssh-administration.ts';
import type { DoorHostKeys } from './ssh-door/host-identity.ts';

export interface SshAccess {
  readonly identity: SshIdentity;
  readonly administration: SshAdministration;
  hostKeys(): DoorHostKeys;
  /** Where the door listens, once that is known: known_hosts names the port. */
  listensOn(port: number): void;
}

export interface SshAccessParts {
  readonly config: Config;
  readonly store: Pick<Store, 'directory' | 'certificates'>;
  readonly identity: Pick<LocalIdentity, 'principalOf'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens keys and lists; makes keys that are missing. Throws, with a hint, what cannot be used. */
export async function openSshAccess(parts: SshAccessParts): Promise<SshAccess> {
  const { config, store, clock, log } = parts;
  const { keys, certificates } = config.identity.ssh;
  const authorities = await ensureSshAuthorities(config.gateway.keysDir);
  const trust = openCertificateTrust({
    own: authorities.user.key,
    authorities: certificates.authorities,
    ...(certificates.revoked !== undefined && { revoked: certificates.revoked }),
    log,
  });
  const host = new HostKeys(config, authorities, await loadHostKeyRing(config.gateway.keysDir), clock);
  return {
    identity: createSshIdentity({
      directory: store.directory,
      certificates: store.certificates,
      principalOf: parts.identity.principalOf,
      trust,
      keys,
      principals: certificates.principals,
      clock,
      log,
    }),
    administration: {
      keys,
      certificates: store.certificates,
      authority: authorities.user,
      lifetime: certificates.issue.lifetime,
      principalNamed: (name) => certificates.principals.replace('{name}', () => name),
      hostKeys: {
        list: () => host.ring,
        rotate: (step) => host.rotate(step),
        knownHosts: () => host.knownHosts(),
      },
    },
    hostKeys: () => host.ofTheMoment(),
    listensOn: (port) => {
      host.port = port;
    },
  };
}

const DAY = 24 * 3600e3;
/** A certificate is made anew each day, so a host that is gone is not vouched for much longer. */
const HOST_CERTIFICATE_MS = 7 * DAY;

class HostKeys {
  ring: HostKeyRing;
  port: number;
  readonly #config: Config;
  readonly #authorities: SshAuthorities;
  readonly #clock: Clock;
  #shown: { readonly keys: DoorHostKeys; readonly at: number } | undefined;

  constructor(config: Config, authorities: SshAuthorities, ring: HostKeyRing, clock: Clock) {
    this.#config = config;
    this.#authorities = authorities;
    this.ring = ring;
    this.#clock = clock;
    this.port = config.gateway.ssh.listen.port;
  }

  async rotate(step: 'prepare' | 'finish'): Promise<HostKeyRing | undefined> {
    const ring = await rotateHostKeys(this.#config.gateway.keysDir, step);
    if (ring === undefined) return undefined;
    this.ring = ring;
    this.#shown = undefined;
    return ring;
  }

  ofTheMoment(): DoorHostKeys {
    if (!this.#config.gateway.ssh.hostCertificate) return this.ring;
    const now = this.#clock.now();
    if (this.#shown === undefined || now - this.#shown.at > DAY) {
      const current = this.ring.current.map((key) => ({ ...key, certificate: this.#certify(key, now) }));
      this.#shown = { keys: { current, next: this.ring.next }, at: now };
    }
    return this.#shown.keys;
  }

  #certify({ key, fingerprint }: SshPrivateKey, now: number): Buffer {
    const content = {
      key,
      serial: 0n,
      kind: 'host',
      keyId: `sallyport ${fingerprint}`,
      principals: this.#names(),
      validAfter: BigInt(Math.floor((now - DAY) / 1000)),
      validBefore: BigInt(Math.floor((now + HOST_CERTIFICATE_MS) / 1000)),
    } as const;
    const authority = this.#authorities.host;
    return encodeSshCertificate(content, authority.key, (signed) => authority.sign(signed));
  }

  /** Both generations, so that whoever has these lines notices nothing when the next one takes over. */
  knownHosts(): string {
    const names = this.#names()
      .map((name) => (this.port === 22 ? name : `[${name}]:${this.port}`))
      .join(',');
    const lines = [...this.ring.current, ...this.ring.next].map((key) => `${names} ${key.publicLine}`);
    const authority = `@cert-authority ${names} ${formatSshPublicKeyLine(this.#authorities.host.key)}`;
    return `${[...lines, ...(this.#config.gateway.ssh.hostCertificate ? [authority] : [])].join('\n')}\n`;
  }

  /** What clients may call us. */
  #names(): readonly string[] {
    const { publicUrl, ssh } = this.#config.gateway;
    const { host } = ssh.listen;
    const isAny = host === '0.0.0.0' || host === '::';
    const named = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.hostname.replace(/^\[|\]$/g, '');
    const local = isLoopback(host) ? ['localhost'] : [];
    return [...new Set([named ?? (isAny ? hostname() : host), ...(isAny ? [] : [host]), ...local])];
  }
}
