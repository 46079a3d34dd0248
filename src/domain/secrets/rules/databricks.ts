import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Databricks';
const url = 'https://docs.databricks.com/aws/en/dev-tools/auth/pat';
const remedy = 'Revoke the token in the Databricks workspace settings and create a new one.';

export const databricksRules = [
  prefixed({
    id: 'databricks-personal-access-token',
    vendor,
    title: 'Databricks personal access token',
    severity: 'critical',
    url,
    remedy,
    prefix: 'dapi',
    parts: [run(HEX, 32)],
  }),
  prefixed({
    id: 'databricks-oauth-secret',
    vendor,
    title: 'Databricks OAuth secret',
    severity: 'critical',
    url: 'https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m',
    remedy: 'Delete the secret of the service principal in Databricks and create a new one.',
    prefix: 'dose',
    parts: [run(HEX, 32)],
  }),
];
