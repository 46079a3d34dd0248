import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'ElevenLabs';
const url = 'https://elevenlabs.io/docs/api-reference/authentication';
const remedy = 'Delete the key in the settings of the ElevenLabs workspace and make a new one.';

export const elevenlabsRules = [
  prefixed({
    id: 'elevenlabs-api-key',
    vendor,
    title: 'ElevenLabs API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'sk_',
    parts: [run(HEX, 48)],
    near: ['elevenlabs', 'eleven_labs', 'eleven-labs', 'eleven_api', 'xi-api-key', 'xi_api_key'],
  }),
];
