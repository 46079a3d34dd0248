// A world whose people come from a real OpenID Connect provider.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Account, account, type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
import { createPageClient, logInAtProvider, type Page, type PageClient } from './page-client.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export interface IdentityWorld {
  readonly world: World;
  readonly provider: IdentityProvider;
  /** The gateway's clock; tests move it. */
  readonly clock: { offset: number; now(): number };
  /** A browser in which this account of the provider is logged in; answers the page it ends on. */
  logIn(accountName: string): Promise<{ readonly client: PageClient; readonly page: Page }>;
}

export interface IdentityWorldOptions extends Pick<WorldOptions, 'policy' | 'log' | 'program' | 'env'> {
  readonly accounts?: Readonly<Record<string, Account>>;
  /** More keys of the provider's entry, as flow YAML. */
  readonly provider?: string;
  /** More lines under `identity:`. */
  readonly identity?: (provider: IdentityProvider) => string;
}

const ACCOUNTS = {
  zoe: account('zoe', ['engineers']),
  yan: account('yan', ['operators', 'engineers']),
  xia: account('xia', ['operators']),
};

/** `engineers` are dev here, `operators` sre. */
export async function openIdentityWorld(t: TestContext, options: IdentityWorldOptions = {}): Promise<IdentityWorld> {
  const provider = await startIdentityProvider(structuredClone(options.accounts ?? ACCOUNTS));
  t.after(() => provider.close());
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const { accounts: _accounts, provider: more = '', identity, ...rest } = options;
  const world = await openWorld({
    ...rest,
    ...(options.program === true ? {} : { clock }),
    env: { ...options.env, IDP_SECRET: provider.clientSecret },
    identity: `
  local: true
  oidc:
    - { name: corp, issuer: "${provider.issuer}", clientId: ${provider.clientId}, clientSecret: { file: idp-secret },
        groups: { engineers: dev, operators: sre }${more.replace('ISSUER', provider.issuer)} }
${identity?.(provider) ?? ''}`,
  });
  await writeFile(join(world.directory, 'idp-secret'), provider.clientSecret);
  t.after(() => world.close());
  return {
    world,
    provider,
    clock,
    async logIn(accountName) {
      const client = createPageClient();
      const choice = await client.open(`${world.http}/login`);
      const first = await client.follow(choice, 'Continue with corp');
      return { client, page: await logInAtProvider(client, first, accountName) };
    },
  };
}
