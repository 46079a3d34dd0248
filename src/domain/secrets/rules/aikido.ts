import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Aikido';
const url = 'https://help.aikido.dev/pr-and-release-gating/cli-for-pr-and-release-gating/aikido-ci-api';
const remedy = 'Revoke the token under CI integrations in Aikido and generate a new one.';

export const aikidoRules = [
  prefixed({
    id: 'aikido-ci-token',
    vendor,
    title: 'Aikido CI token',
    severity: 'high',
    url,
    remedy,
    prefix: ['AIK_CI_', 'AIK_CI_US_', 'AIK_CI_ME_'],
    parts: [run(ALNUM, 20, 44)],
  }),
];
