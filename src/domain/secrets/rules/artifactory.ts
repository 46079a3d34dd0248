import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'JFrog';
const url = 'https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens';
const remedy = 'Revoke the token or key in the JFrog platform and issue a new one.';

/** Base64 of `reftkn:`, as far as it does not depend on what follows. */
const REFERENCE = 'cmVmdGtuO';

export const artifactoryRules = [
  prefixed({
    id: 'artifactory-api-key',
    vendor,
    title: 'Artifactory API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'AKCp',
    parts: [run(ALNUM, 69)],
  }),
  prefixed({
    id: 'artifactory-reference-token',
    vendor,
    title: 'Artifactory reference token',
    severity: 'high',
    url,
    remedy,
    prefix: 'cmVmd',
    parts: [run(ALNUM, 59)],
    verify: (token) => (token.startsWith(REFERENCE) ? true : undefined),
  }),
];
