import { URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { narrowed } from '../build/narrow.ts';
import { prefixed } from '../build/prefixed.ts';
import { run, UUID } from '../shape.ts';

const vendor = 'Heroku';
const url = 'https://devcenter.heroku.com/articles/platform-api-reference#authentication';
const remedy =
  'Revoke the authorization with heroku authorizations:revoke, or regenerate the key in the account settings.';

export const herokuRules = [
  prefixed({
    id: 'heroku-api-key',
    vendor,
    title: 'Heroku API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'HRKU-AA',
    parts: [run(URL_SAFE, 58)],
  }),
  narrowed(
    keyed({
      id: 'heroku-legacy-api-key',
      vendor,
      title: 'Heroku API key (a UUID)',
      severity: 'critical',
      url,
      remedy,
      keywords: ['heroku'],
      parts: [...UUID],
    }),
    { wants: ['key', 'token', 'auth', 'secret', 'password'], refuses: ['_id', '-id', 'herokuapp'] },
  ),
];
