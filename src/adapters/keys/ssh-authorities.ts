// Our own authorities: one signs certificates of people, the other those of our host keys. Two keys, so that what one
// is asked for can never be used as the other's.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureSshKeyFile, type SshPrivateKey } from './ssh-private-key.ts';

export interface SshAuthorities {
  readonly user: SshPrivateKey;
  readonly host: SshPrivateKey;
}

export const USER_AUTHORITY_FILE = 'ssh_user_ca_key';
export const HOST_AUTHORITY_FILE = 'ssh_host_ca_key';

/** The authorities in `dir`; made when they are missing. Whoever has their files can be anybody: keep them like a password. */
export async function ensureSshAuthorities(dir: string): Promise<SshAuthorities> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    user: await ensureSshKeyFile(join(dir, USER_AUTHORITY_FILE), 'ed25519', 'sallyport user authority'),
    host: await ensureSshKeyFile(join(dir, HOST_AUTHORITY_FILE), 'ed25519', 'sallyport host authority'),
  };
}
