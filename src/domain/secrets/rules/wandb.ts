import { HEX, WORD } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Weights & Biases';
const url = 'https://docs.wandb.ai/support/find_api_key/';
const remedy = 'Delete the key in the W&B user settings and make a new one.';

export const wandbRules = [
  prefixed({
    id: 'wandb-api-key',
    vendor,
    title: 'Weights & Biases API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'wandb_v1_',
    parts: [run(WORD, 77)],
  }),
  keyed({
    id: 'wandb-legacy-api-key',
    vendor,
    title: 'Weights & Biases API key of the old form',
    severity: 'high',
    url,
    remedy,
    keywords: ['wandb_api', 'wandb-api', 'wandb_key', 'wandb.login', 'wandb login', 'api.wandb.ai'],
    parts: [run(HEX, 40)],
  }),
];
