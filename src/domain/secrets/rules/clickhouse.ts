import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'ClickHouse';
const url = 'https://clickhouse.com/docs/cloud/manage/openapi';
const remedy = 'Delete the API key in the ClickHouse Cloud console and create a new one.';

export const clickhouseRules = [
  prefixed({
    id: 'clickhouse-cloud-api-secret',
    vendor,
    title: 'ClickHouse Cloud API key secret',
    severity: 'critical',
    url,
    remedy,
    prefix: '4b1d',
    parts: [run(ALNUM, 38)],
    verify: mixedOnly,
  }),
];
