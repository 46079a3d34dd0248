import { LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { lettersAndDigits } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'NuGet';
const url = 'https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys';
const remedy = 'Delete the key under API Keys of the nuget.org account and make a new one.';

export const nugetRules = [
  prefixed({
    id: 'nuget-api-key',
    vendor,
    title: 'NuGet API key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'oy2',
    parts: [run(LOWER_ALNUM, 43)],
    verify: lettersAndDigits,
  }),
];
