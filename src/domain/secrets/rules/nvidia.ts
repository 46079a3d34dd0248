import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'NVIDIA';
const url = 'https://docs.nvidia.com/ngc/latest/ngc-user-guide.html';
const remedy = 'Delete the key under API Keys in NVIDIA NGC and make a new one.';

export const nvidiaRules = [
  prefixed({
    id: 'nvidia-api-key',
    vendor,
    title: 'NVIDIA API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'nvapi-',
    parts: [run(URL_SAFE, 64)],
  }),
];
