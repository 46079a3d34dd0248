import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const rubygemsRules = [
  prefixed({
    id: 'rubygems-api-key',
    vendor: 'RubyGems',
    title: 'RubyGems API key',
    severity: 'critical',
    url: 'https://guides.rubygems.org/api-key-scopes/',
    remedy: 'Delete the key on rubygems.org and look at the versions pushed since the leak.',
    prefix: 'rubygems_',
    parts: [run(HEX, 48)],
  }),
];
