import { z } from 'zod';
import { certificateJson } from '../../gateway/api/certificates.ts';
import { hostKeyJson } from '../../gateway/api/host-keys.ts';
import { ask, type ClientOptions, connect, withClient } from '../client.ts';
import { obtainSshCertificate } from '../ssh-certificate.ts';
import { print, printError, printJson, printTable, shortTime } from '../terminal.ts';

interface CertificateOptions extends ClientOptions {
  readonly key?: string;
  readonly quiet?: boolean;
}

/** For people, and for `Match exec` of ssh_config, which takes exit 0 for yes. */
export async function sshCertificate(options: CertificateOptions): Promise<void> {
  const obtained = await obtainSshCertificate(() => connect(options), {
    gate: process.env['SALLYPORT_URL'] || 'here',
    ...(options.key !== undefined && { key: options.key }),
  });
  if (options.quiet) return;
  const { outcome, place, principals, serial, validBefore } = obtained;
  const where = place.kind === 'agent' ? 'in the ssh agent' : `beside ${place.file}`;
  const verb = outcome === 'issued' ? 'got' : 'have';
  print(`${verb} certificate ${serial} for ${principals.join(', ')}, ${where}`);
  print(`valid until ${new Date(validBefore).toISOString()}`);
  if (place.kind === 'file') printError(`hint: ssh -i ${place.file}, or IdentityFile ${place.file} in ~/.ssh/config`);
}

export async function listCertificates(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(certificateJson), 'GET', '/api/v1/ssh/certificates');
    if (options.json) return printJson(raw);
    printTable(
      ['SERIAL', 'USER', 'FINGERPRINT', 'ISSUED', 'VALID UNTIL', 'STATE'],
      value.map((one) => [
        one.serial,
        one.user,
        one.fingerprint,
        shortTime(one.issuedAt),
        shortTime(one.validBefore),
        stateOf(one),
      ]),
    );
  });
}

function stateOf(one: z.infer<typeof certificateJson>): string {
  if (one.revokedAt !== undefined) return 'revoked';
  return Date.parse(one.validBefore) <= Date.now() ? 'expired' : 'valid';
}

interface RevokeOptions extends ClientOptions {
  readonly authority?: string;
  readonly message?: string;
}

export async function revokeCertificate(serial: string, options: RevokeOptions): Promise<void> {
  await withClient(options, async (client) => {
    const { authority, message: reason } = options;
    const body = { serial, ...(authority !== undefined && { authority }), ...(reason !== undefined && { reason }) };
    await ask(client, z.object({ serial: z.string() }), 'POST', '/api/v1/ssh/revocations', body);
    print(`revoked ${serial}`);
  });
}

export async function listHostKeys(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(hostKeyJson), 'GET', '/api/v1/ssh/host-keys');
    if (options.json) return printJson(raw);
    printTable(
      ['STATE', 'TYPE', 'FINGERPRINT'],
      value.map((key) => [key.state, key.algorithm, key.fingerprint]),
    );
  });
}

export async function rotateHostKeys(options: ClientOptions & { readonly finish?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const step = options.finish === true ? 'finish' : 'prepare';
    const { value } = await ask(client, z.array(hostKeyJson), 'POST', '/api/v1/ssh/host-keys/rotate', { step });
    for (const key of value) print(`${key.state} ${key.algorithm} ${key.fingerprint}`);
    if (step === 'prepare') {
      print('published at /ssh/known_hosts and to clients that update known_hosts by themselves');
      printError('hint: when your people have them, `sallyport host-key rotate --finish` lets them take over');
    }
  });
}
