// A login of a command line, spoken directly: for tests of what comes after it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { codeChallenge } from '../../src/domain/identity/login-secrets.ts';
import type { IdentityWorld } from './identity-world.ts';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function loginTokens(
  { world, logIn }: Pick<IdentityWorld, 'world' | 'logIn'>,
  accountName: string,
): Promise<Tokens> {
  const { client } = await logIn(accountName);
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = 'http://127.0.0.1:9/callback';
  const url = new URL('/login/authorize', world.http);
  const fields = {
    response_type: 'code',
    client_id: 'sallyport-cli',
    redirect_uri: redirectUri,
    state: randomBytes(16).toString('hex'),
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  const back = await client.submit(await client.open(url.href), { decision: 'yes' }, /^http:\/\/127\.0\.0\.1:9\//);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'sallyport-cli',
    code: new URL(back.url).searchParams.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: redirectUri,
  });
  const answer = await fetch(`${world.http}/login/token`, { method: 'POST', body });
  assert.equal(answer.status, 200);
  return (await answer.json()) as Tokens;
}
