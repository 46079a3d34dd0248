import { HEX, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Supabase';

export const supabaseRules = [
  prefixed({
    id: 'supabase-management-token',
    vendor,
    title: 'Supabase personal access token for the management API',
    severity: 'critical',
    url: 'https://supabase.com/docs/reference/api/introduction',
    remedy: 'Delete the token in the Supabase account settings and make a new one.',
    prefix: ['sbp_', 'sbp_oauth_'],
    parts: [run(HEX, 40)],
  }),
  prefixed({
    id: 'supabase-secret-key',
    vendor,
    title: 'Supabase secret key of a project',
    severity: 'critical',
    url: 'https://supabase.com/docs/guides/api/api-keys',
    remedy: 'Delete the secret key in the API settings of the project and make a new one.',
    prefix: 'sb_secret_',
    parts: [run(URL_SAFE, 31)],
  }),
];
