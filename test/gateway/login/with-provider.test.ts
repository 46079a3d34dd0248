import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openIdentityWorld } from '../../support/identity-world.ts';

describe('logging a browser in with a provider', () => {
  it('makes the user at the first login, with the groups that the provider says', async (t) => {
    const { world, logIn } = await openIdentityWorld(t);
    const { page } = await logIn('zoe');
    assert.match(page.text, /You are zoe\./);
    const users = (await world.api('root', 'GET', '/api/v1/users')).body as { name: string }[];
    assert.ok(users.some(({ name }) => name === 'zoe'));
    const trail = await world.api('root', 'GET', '/api/v1/audit?type=login.succeeded');
    assert.match(JSON.stringify(trail.body), /"provider":"corp"/);
  });
});
