// The ssh client of russh, which shares no code with ours or with OpenSSH.
import { AuthenticatedSSHClient, KeyPair, SSHClient, SshTransport } from 'russh';
import type { Person } from './open-door.ts';

export interface SeenByRussh {
  readonly output: string;
  /** Fingerprints of the host keys that were shown. */
  readonly hostKeys: readonly string[];
}

/** Logs in with a person's key, runs one command, writes `input` to it, and answers what came back. */
export async function execWithRussh(
  port: number,
  person: Person,
  command: string,
  kex: readonly string[],
  input = '',
): Promise<SeenByRussh> {
  const hostKeys: string[] = [];
  const transport = await SshTransport.newSocket(`127.0.0.1:${port}`);
  const client = await SSHClient.connect(
    transport,
    async (key) => {
      hostKeys.push(`SHA256:${key.fingerprint().replace(/^SHA256:/, '')}`);
      return true;
    },
    { preferred: { kex: [...kex] } },
  );
  const authenticated = await client.authenticateWithKeyPair('git', await KeyPair.parse(person.privateKey), null);
  if (!(authenticated instanceof AuthenticatedSSHClient)) throw new Error('russh was refused');
  const channel = await authenticated.activateChannel(await authenticated.openSessionChannel());
  const parts: Uint8Array[] = [];
  const closed = new Promise<void>((resolve) => {
    channel.data$.subscribe((data) => parts.push(data));
    channel.closed$.subscribe(() => resolve());
    channel.eof$.subscribe(() => resolve());
  });
  await channel.requestExec(command);
  if (input !== '') await channel.write(Buffer.from(input));
  await closed;
  await authenticated.disconnect();
  return { output: Buffer.concat(parts).toString(), hostKeys };
}
