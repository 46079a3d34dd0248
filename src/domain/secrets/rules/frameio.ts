import { alphabet, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Frame.io';
const url = 'https://developer.frame.io/docs/getting-started/authentication';
const remedy = 'Delete the developer token in the Frame.io developer portal and make a new one.';
const BODY = alphabet('url-safe-padded', `${URL_SAFE.chars}=`);

export const frameioRules = [
  prefixed({
    id: 'frameio-developer-token',
    vendor,
    title: 'Frame.io developer token',
    severity: 'high',
    url,
    remedy,
    prefix: 'fio-u-',
    parts: [run(BODY, 64)],
  }),
];
