import { LETTERS } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Hugging Face';
const url = 'https://huggingface.co/docs/hub/security-tokens';
const remedy = 'Invalidate the token under Access Tokens in the Hugging Face settings and make a new one.';

const FEWEST = 7;

/** Of 34 random letters, hardly ever fewer than seven are in either case; of names, nearly always. */
function bothCases(token: string): false | undefined {
  const body = token.slice(-34);
  const upper = body.replace(/[^A-Z]/g, '').length;
  return upper < FEWEST || body.length - upper < FEWEST ? false : undefined;
}

export const huggingfaceRules = [
  prefixed({
    id: 'huggingface-access-token',
    vendor,
    title: 'Hugging Face user access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'hf_',
    parts: [run(LETTERS, 34)],
    verify: bothCases,
  }),
  prefixed({
    id: 'huggingface-organization-token',
    vendor,
    title: 'Hugging Face organization token',
    severity: 'high',
    url,
    remedy,
    prefix: 'api_org_',
    parts: [run(LETTERS, 34)],
    verify: bothCases,
  }),
];
