import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const openshiftRules = [
  prefixed({
    id: 'openshift-user-token',
    vendor: 'OpenShift',
    title: 'OpenShift OAuth access token',
    severity: 'high',
    url: 'https://docs.openshift.com/container-platform/latest/authentication/managing-oauth-access-tokens.html',
    remedy: 'Delete the token with oc delete useroauthaccesstokens and log in anew.',
    prefix: 'sha256~',
    parts: [run(URL_SAFE, 43)],
  }),
];
