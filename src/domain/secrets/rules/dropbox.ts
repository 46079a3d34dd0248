import { alphabet, LOWER_ALNUM, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'Dropbox';
const url = 'https://developers.dropbox.com/oauth-guide';
const remedy = 'Revoke the token in the Dropbox app console and authorise the app again.';
const CHARS = alphabet('url-safe-equals', `${URL_SAFE.chars}=`);

export const dropboxRules = [
  prefixed({
    id: 'dropbox-short-lived-token',
    vendor,
    title: 'Dropbox short-lived access token',
    severity: 'high',
    url,
    remedy,
    prefix: ['sl.', 'sl.u.'],
    parts: [run(URL_SAFE, 130, OPEN)],
    verify: mixedOnly,
  }),
  keyed({
    id: 'dropbox-long-lived-token',
    vendor,
    title: 'Dropbox long-lived access token',
    severity: 'critical',
    url,
    remedy,
    keywords: ['dropbox', 'dbx_'],
    parts: [run(LOWER_ALNUM, 11), 'AAAAAAAAAA', run(CHARS, 43)],
  }),
];
