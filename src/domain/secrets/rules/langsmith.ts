import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'LangSmith';
const url = 'https://docs.langchain.com/langsmith/create-account-api-key';
const remedy = 'Delete the key under API Keys in the LangSmith settings and make a new one.';

export const langsmithRules = [
  prefixed({
    id: 'langsmith-api-key',
    vendor,
    title: 'LangSmith API key',
    severity: 'high',
    url,
    remedy,
    prefix: ['lsv2_pt_', 'lsv2_sk_'],
    parts: [run(HEX, 32), '_', run(HEX, 10)],
  }),
];
