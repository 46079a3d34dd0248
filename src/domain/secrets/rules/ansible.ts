import { DIGITS } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const ansibleRules = [
  prefixed({
    id: 'ansible-vault-file',
    vendor: 'Ansible',
    title: 'Ansible vault, encrypted',
    severity: 'info',
    url: 'https://docs.ansible.com/ansible/latest/vault_guide/vault_encrypting_content.html',
    remedy: 'Nothing, as long as its password is long and lies elsewhere.',
    prefix: '$ANSIBLE_VAULT;1.',
    parts: [run(DIGITS, 1), ';AES256'],
    certainty: 'certain',
  }),
];
