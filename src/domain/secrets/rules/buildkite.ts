import { HEX, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Buildkite';
const url = 'https://buildkite.com/docs/apis/managing-api-tokens';
const remedy = 'Revoke the token in the Buildkite settings and create a new one.';

export const buildkiteRules = [
  prefixed({
    id: 'buildkite-user-token',
    vendor,
    title: 'Buildkite API access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'bkua_',
    parts: [run(HEX, 40)],
  }),
  prefixed({
    id: 'buildkite-cluster-token',
    vendor,
    title: 'Buildkite cluster or agent token',
    severity: 'high',
    url: 'https://buildkite.com/docs/agent/v3/tokens',
    remedy,
    prefix: 'bkct_',
    parts: [run(URL_SAFE, 73)],
  }),
];
