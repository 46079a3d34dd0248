import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Figma';
const url = 'https://developers.figma.com/docs/rest-api/authentication/';
const remedy = 'Revoke the token under Security in the settings of the Figma account.';

export const figmaRules = [
  prefixed({
    id: 'figma-personal-access-token',
    vendor,
    title: 'Figma personal access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'figd_',
    parts: [run(URL_SAFE, 40)],
  }),
];
