import { prefixed } from '../build/prefixed.ts';
import { UUID } from '../shape.ts';

export const wakatimeRules = [
  prefixed({
    id: 'wakatime-api-key',
    vendor: 'WakaTime',
    title: 'WakaTime API key',
    severity: 'medium',
    url: 'https://wakatime.com/developers#authentication',
    remedy: 'Make a new key in the WakaTime account settings, which ends the old one.',
    prefix: 'waka_',
    parts: UUID,
  }),
];
