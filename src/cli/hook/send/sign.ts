// Signs a request with the developer's SSH key: only then what it says of commits can count as observed.
import { spawnSync } from 'node:child_process';
import { SESSION_NAMESPACE } from '../../../domain/attribution/sessions/session-signature.ts';
import { askGit } from '../git/run-git.ts';

/** `sallyport.signingKey`, or the key that git signs commits with, when that is an SSH key in a file. */
export function signingKey(top: string): string | undefined {
  const own = askGit(top, 'config', '--type=path', '--get', 'sallyport.signingKey');
  if (own !== undefined) return own;
  if (askGit(top, 'config', '--get', 'gpg.format') !== 'ssh') return undefined;
  const key = askGit(top, 'config', '--type=path', '--get', 'user.signingKey');
  return key === undefined || /^(?:key::|ssh-|ecdsa-|sk-)/.test(key) ? undefined : key;
}

/** Base64 of the SSHSIG blob over `body`; undefined when the key cannot be used without asking. */
export function signBody(key: string, body: Buffer): string | undefined {
  const { status, stdout } = spawnSync('ssh-keygen', ['-Y', 'sign', '-n', SESSION_NAMESPACE, '-f', key], {
    input: body,
    timeout: 10_000,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, SSH_ASKPASS_REQUIRE: 'never', DISPLAY: '' },
    windowsHide: true,
  });
  const [, armoured] =
    /-----BEGIN SSH SIGNATURE-----([^-]+)-----END SSH SIGNATURE-----/.exec(stdout?.toString() ?? '') ?? [];
  return status === 0 ? armoured?.replace(/\s/g, '') : undefined;
}
