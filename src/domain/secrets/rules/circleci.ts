import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'CircleCI';
const url = 'https://circleci.com/docs/managing-api-tokens/';
const remedy = 'Delete the token in the CircleCI user or project settings and create a new one.';

export const circleciRules = [
  prefixed({
    id: 'circleci-api-token',
    vendor,
    title: 'CircleCI personal or project API token',
    severity: 'high',
    url,
    remedy,
    prefix: ['CCIPAT_', 'CCIPRJ_'],
    parts: [run(ALNUM, 22), '_', run(HEX, 40)],
  }),
];
