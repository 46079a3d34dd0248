import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'DevCycle';
const url = 'https://docs.devcycle.com/essentials/keys';
const remedy = 'Replace the server SDK key of the environment in DevCycle.';

/** Names of variables have no digit and no capital; a key lacks both only by chance. */
function isKey(token: string): boolean | undefined {
  return /[A-Z0-9]/.test(token.slice('dvc_server_'.length)) ? undefined : false;
}

export const devcycleRules = [
  prefixed({
    id: 'devcycle-server-key',
    vendor,
    title: 'DevCycle server SDK key',
    severity: 'medium',
    url,
    remedy,
    prefix: 'dvc_server_',
    parts: [run(URL_SAFE, 8, 72)],
    verify: isKey,
  }),
];
