import { prefixed } from '../build/prefixed.ts';
import { UUID } from '../shape.ts';

const vendor = 'LaunchDarkly';
const url = 'https://launchdarkly.com/docs/home/account/api';
const remedy = 'Reset the key in the LaunchDarkly settings and give its users a new one.';

export const launchdarklyRules = [
  prefixed({
    id: 'launchdarkly-sdk-key',
    vendor,
    title: 'LaunchDarkly SDK key',
    severity: 'high',
    url: 'https://launchdarkly.com/docs/sdk/concepts/client-side-server-side',
    remedy,
    prefix: 'sdk-',
    parts: [...UUID],
  }),
  prefixed({
    id: 'launchdarkly-api-token',
    vendor,
    title: 'LaunchDarkly API access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'api-',
    parts: [...UUID],
    near: ['launchdarkly', 'launch_darkly', 'ld_'],
  }),
  prefixed({
    id: 'launchdarkly-mobile-key',
    vendor,
    title: 'LaunchDarkly mobile key',
    severity: 'low',
    url: 'https://launchdarkly.com/docs/sdk/concepts/client-side-server-side',
    remedy,
    prefix: 'mob-',
    parts: [...UUID],
    near: ['launchdarkly', 'launch_darkly', 'ld_', 'mobile'],
  }),
];
