import { ALNUM, LOWER_ALNUM, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const renderRules = [
  prefixed({
    id: 'render-api-key',
    vendor: 'Render',
    title: 'Render API key',
    severity: 'high',
    url: 'https://render.com/docs/api',
    remedy: 'Revoke the key in the Render account settings and make a new one.',
    prefix: 'rnd_',
    parts: [run(ALNUM, 28, 32)],
  }),
  prefixed({
    id: 'render-deploy-hook',
    vendor: 'Render',
    title: 'Render deploy hook URL',
    severity: 'medium',
    url: 'https://render.com/docs/deploy-hooks',
    remedy: 'Regenerate the deploy hook in the settings of the service.',
    prefix: 'api.render.com/deploy/srv-',
    parts: [run(LOWER_ALNUM, 20), '?key=', run(URL_SAFE, 8, 16)],
  }),
];
