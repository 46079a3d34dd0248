import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'MongoDB';
const url = 'https://www.mongodb.com/docs/atlas/api/service-accounts-overview/';
const remedy = 'Revoke the secret of the service account in MongoDB Atlas and generate a new one.';

export const mongodbRules = [
  prefixed({
    id: 'mongodb-atlas-service-account-secret',
    vendor,
    title: 'MongoDB Atlas service account secret',
    severity: 'critical',
    url,
    remedy,
    prefix: 'mdb_sa_sk_',
    parts: [run(URL_SAFE, 40)],
  }),
];
