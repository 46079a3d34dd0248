import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const sonarRules = [
  prefixed({
    id: 'sonar-token',
    vendor: 'SonarSource',
    title: 'SonarQube token of a user, a project or for all analyses',
    severity: 'high',
    url: 'https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/',
    remedy: 'Revoke the token in SonarQube under My Account, Security and make a new one.',
    prefix: ['squ_', 'sqp_', 'sqa_'],
    parts: [run(HEX, 40)],
  }),
];
