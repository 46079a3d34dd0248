// The system's keyring, by libsecret's secret-tool: used when it is there and answers. Secrets go through its standard
// input and output, and stand on no command line.
import { spawn } from 'node:child_process';

export interface Keyring {
  /** False when there is none: keep it elsewhere. */
  save(gateway: string, secrets: object): Promise<boolean>;
  /** What was saved, parsed. */
  find(gateway: string): Promise<unknown>;
  remove(gateway: string): Promise<void>;
}

/** A keyring that asks for its password has a person in front of it, or nobody ever answers. */
const TIMEOUT_MS = 10_000;
const ATTRIBUTES = (gateway: string) => ['service', 'sallyport', 'gateway', gateway];

export function openKeyring(): Keyring {
  const isThere = process.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined && process.env['SALLYPORT_KEYRING'] !== 'off';
  const run = async (args: readonly string[], input = '') => (isThere ? runSecretTool(args, input) : undefined);
  return {
    async save(gateway, secrets) {
      const label = `--label=sallyport login to ${gateway}`;
      const stored = await run(['store', label, ...ATTRIBUTES(gateway)], JSON.stringify(secrets));
      // Believed once it is read back: some keyrings take everything and keep nothing.
      return stored !== undefined && (await run(['lookup', ...ATTRIBUTES(gateway)])) === JSON.stringify(secrets);
    },
    async find(gateway) {
      const text = await run(['lookup', ...ATTRIBUTES(gateway)]);
      try {
        return text === undefined ? undefined : JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    async remove(gateway) {
      await run(['clear', ...ATTRIBUTES(gateway)]);
    },
  };
}

/** What it printed, or `undefined` when it is not there, refused, or did not answer. */
function runSecretTool(args: readonly string[], input: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('secret-tool', args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT_MS });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 ? output.replace(/\n$/, '') : undefined));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
