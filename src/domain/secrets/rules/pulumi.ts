import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const pulumiRules = [
  prefixed({
    id: 'pulumi-access-token',
    vendor: 'Pulumi',
    title: 'Pulumi access token',
    severity: 'high',
    url: 'https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/',
    remedy: 'Delete the token in Pulumi Cloud and look at the updates that were run with it.',
    prefix: 'pul-',
    parts: [run(HEX, 40)],
  }),
];
