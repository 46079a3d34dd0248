import { ALNUM, HEX } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'RapidAPI';
const url = 'https://docs.rapidapi.com/docs/keys';
const remedy = 'Delete the key of the app in the RapidAPI dashboard and add a new one.';
const MIN_LENGTH = 48;
const MAX_LENGTH = 52;

export const rapidapiRules = [
  prefixed({
    id: 'rapidapi-key',
    vendor,
    title: 'RapidAPI key',
    severity: 'high',
    url,
    remedy,
    before: [run(HEX, 10)],
    prefix: 'msh',
    parts: [run(HEX, 15), 'p1', run(HEX, 5, 6), 'jsn', run(HEX, 11, 13)],
    verify: (token) => (token.length < MIN_LENGTH || token.length > MAX_LENGTH ? false : undefined),
  }),
  keyed({
    id: 'rapidapi-key-by-name',
    vendor,
    title: 'RapidAPI key, by the name beside it',
    severity: 'high',
    url,
    remedy,
    keywords: ['rapidapi', 'rapid_api', 'rapid-api'],
    parts: [run(ALNUM, 50)],
    maxDistance: 40,
  }),
];
