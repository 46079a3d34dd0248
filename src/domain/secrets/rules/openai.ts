import { ALNUM, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'OpenAI';
const url = 'https://platform.openai.com/docs/api-reference/authentication';
const remedy = 'Delete the key in the OpenAI dashboard under API keys, make a new one, and look at its usage.';
/** base64 of `OpenAI`, in the middle of every key. */
const MARK = 'T3BlbkFJ';
/** Halves of 20, 58 and 74 characters were seen. */
const parts = [run(URL_SAFE, 20, 100), MARK, run(URL_SAFE, 20, 100)];

export const openaiRules = [
  prefixed({
    id: 'openai-admin-key',
    vendor,
    title: 'OpenAI admin key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'sk-admin-',
    parts,
  }),
  prefixed({
    id: 'openai-api-key',
    vendor,
    title: 'OpenAI API key of a project, a service account or nobody in particular',
    severity: 'high',
    url,
    remedy,
    prefix: ['sk-proj-', 'sk-svcacct-', 'sk-service-', 'sk-None-'],
    parts,
  }),
  prefixed({
    id: 'openai-user-key',
    vendor,
    title: 'OpenAI API key of a user',
    severity: 'high',
    url,
    remedy,
    before: ['sk-', run(ALNUM, 20)],
    prefix: MARK,
    parts: [run(ALNUM, 20)],
  }),
];
