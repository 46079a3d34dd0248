import { BASE32_LOWER } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'OneSignal';
const url = 'https://documentation.onesignal.com/docs/keys-and-ids';
const remedy = 'Rotate or delete the key under Keys and IDs in the OneSignal settings.';

export const onesignalRules = [
  prefixed({
    id: 'onesignal-api-key',
    vendor,
    title: 'OneSignal app API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'os_v2_app_',
    parts: [run(BASE32_LOWER, 103)],
  }),
];
