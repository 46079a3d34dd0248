import { ALNUM } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { pair } from '../build/pair.ts';
import { prefixed } from '../build/prefixed.ts';
import { randomAfter } from '../build/random.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Alibaba Cloud';
const url = 'https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair';
const remedy = 'Disable the AccessKey pair in RAM, create a new one and look through ActionTrail for its use.';
const idHalf = { prefix: 'LTAI', parts: [run(ALNUM, 17, 21)] };
const secretHalf = [run(ALNUM, 30)];

export const alibabaCloudRules = [
  prefixed({
    id: 'alibaba-cloud-access-key-id',
    vendor,
    title: 'Alibaba Cloud AccessKey id',
    severity: 'medium',
    url,
    remedy,
    ...idHalf,
  }),
  pair({
    id: 'alibaba-cloud-access-key-secret',
    vendor,
    title: 'Alibaba Cloud AccessKey secret, beside its id',
    severity: 'critical',
    url,
    remedy,
    idHalf,
    secretHalf,
  }),
  keyed({
    id: 'alibaba-cloud-named-secret',
    vendor,
    title: 'Alibaba Cloud AccessKey secret',
    severity: 'critical',
    url,
    remedy,
    keywords: ['aliyun', 'alibaba', 'alicloud'],
    parts: secretHalf,
    verify: mixedOnly,
  }),
  prefixed({
    id: 'alibaba-cloud-sts-id',
    vendor,
    title: 'Alibaba Cloud temporary AccessKey id',
    severity: 'medium',
    url: 'https://www.alibabacloud.com/help/en/ram/product-overview/what-is-sts',
    remedy,
    prefix: 'STS.',
    parts: [run(ALNUM, 16, 64)],
    verify: randomAfter(4),
  }),
];
