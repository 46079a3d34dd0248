import { ALNUM, UPPER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const runpodRules = [
  prefixed({
    id: 'runpod-api-key',
    vendor: 'RunPod',
    title: 'RunPod API key',
    severity: 'high',
    url: 'https://docs.runpod.io/get-started/api-keys',
    remedy: 'Revoke the key in the RunPod settings and make a new one with fewer permissions.',
    prefix: 'rpa_',
    parts: [run(UPPER_ALNUM, 40), run(ALNUM, 6)],
  }),
];
