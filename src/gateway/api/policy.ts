// The policy in force, for whoever has to live by it.
import { z } from 'zod';
import type { ApiDeps } from './deps.ts';
import { type Route, route } from './route.ts';

export function policyRoutes(deps: ApiDeps): readonly Route[] {
  const current = route({
    method: 'GET',
    path: '/api/v1/policy',
    summary: 'The policy in force',
    answer: {
      status: 200,
      schema: z.object({ digest: z.string().describe('hex SHA-256 of the text'), text: z.string() }),
    },
    async run() {
      const { digest, text } = deps.policy();
      return { status: 200, body: { digest, text } };
    },
  });
  return [current];
}
