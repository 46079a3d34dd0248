import { alphabet, PADDING, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Yandex Cloud';
const url = 'https://yandex.cloud/en/docs/iam/concepts/authorization/';
const IAM = alphabet('yandex-iam', `${URL_SAFE.chars}=`);

export const yandexRules = [
  prefixed({
    id: 'yandex-iam-token',
    vendor,
    title: 'Yandex Cloud IAM token',
    severity: 'high',
    url,
    remedy: 'Revoke the token with yc iam revoke-token; it ends by itself within twelve hours.',
    prefix: 't1.',
    parts: [run(IAM, 8, 600), '.', run(URL_SAFE, 86), run(PADDING, 0, 2)],
  }),
  prefixed({
    id: 'yandex-api-key',
    vendor,
    title: 'Yandex Cloud API key of a service account',
    severity: 'high',
    url,
    remedy: 'Delete the API key of the service account and make a new one.',
    prefix: 'AQVN',
    parts: [run(URL_SAFE, 35, 38)],
  }),
  keyed({
    id: 'yandex-static-key',
    vendor,
    title: 'Yandex Cloud static access key (secret half)',
    severity: 'high',
    url,
    remedy: 'Delete the static access key of the service account and make a new one.',
    keywords: ['yandex', 'secret_key', 'secret-key', 'secretkey', 'secret_access_key', 'secretaccesskey'],
    parts: ['YC', run(URL_SAFE, 38)],
  }),
];
