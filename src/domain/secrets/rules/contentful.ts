import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Contentful';
const url = 'https://www.contentful.com/developers/docs/references/authentication/';
const remedy = 'Revoke the token in the Contentful account settings and create a new one.';

export const contentfulRules = [
  prefixed({
    id: 'contentful-personal-access-token',
    vendor,
    title: 'Contentful personal access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'CFPAT-',
    parts: [run(URL_SAFE, 43)],
  }),
];
