import { BASE64, LOWER_ALNUM, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Docker';
const url = 'https://docs.docker.com/security/access-tokens/';
const remedy = 'Delete the access token in Docker Hub and create a new one.';

export const dockerRules = [
  prefixed({
    id: 'docker-hub-personal-access-token',
    vendor,
    title: 'Docker Hub personal access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'dckr_pat_',
    parts: [run(URL_SAFE, 27)],
  }),
  prefixed({
    id: 'docker-hub-organization-token',
    vendor,
    title: 'Docker Hub organization access token',
    severity: 'critical',
    url: 'https://docs.docker.com/enterprise/security/access-tokens/',
    remedy,
    prefix: 'dckr_oat_',
    parts: [run(URL_SAFE, 32)],
  }),
  prefixed({
    id: 'docker-swarm-join-token',
    vendor,
    title: 'Docker Swarm join token',
    severity: 'high',
    url: 'https://docs.docker.com/engine/swarm/join-nodes/',
    remedy: 'Rotate the join token with docker swarm join-token --rotate.',
    prefix: 'SWMTKN-1-',
    parts: [run(LOWER_ALNUM, 50), '-', run(LOWER_ALNUM, 25)],
  }),
  prefixed({
    id: 'docker-swarm-unlock-key',
    vendor,
    title: 'Docker Swarm unlock key',
    severity: 'critical',
    url: 'https://docs.docker.com/engine/swarm/swarm_manager_locking/',
    remedy: 'Rotate the unlock key with docker swarm unlock-key --rotate.',
    prefix: 'SWMKEY-1-',
    parts: [run(BASE64, 43)],
  }),
];
