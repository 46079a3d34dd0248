import { LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Clojars';
const url = 'https://github.com/clojars/clojars-web/wiki/Deploy-Tokens';
const remedy = 'Disable the deploy token in Clojars and create a new one.';

export const clojarsRules = [
  prefixed({
    id: 'clojars-deploy-token',
    vendor,
    title: 'Clojars deploy token',
    severity: 'high',
    url,
    remedy,
    prefix: 'CLOJARS_',
    parts: [run(LOWER_ALNUM, 60)],
  }),
];
