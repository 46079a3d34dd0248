import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'PostHog';

export const posthogRules = [
  prefixed({
    id: 'posthog-personal-api-key',
    vendor,
    title: 'PostHog personal API key',
    severity: 'high',
    url: 'https://posthog.com/docs/api',
    remedy: 'Delete the key in the PostHog settings under Personal API keys and make one with fewer scopes.',
    prefix: 'phx_',
    parts: [run(ALNUM, 43)],
  }),
  prefixed({
    id: 'posthog-project-key',
    vendor,
    title: 'PostHog project key, public by design',
    severity: 'info',
    url: 'https://posthog.com/docs/api',
    remedy: 'Nothing, if it is in code that browsers load anyway.',
    prefix: 'phc_',
    parts: [run(ALNUM, 40, 48)],
  }),
];
