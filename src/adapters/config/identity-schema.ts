// The keys of `identity:` that are about providers outside: OIDC, the tokens of CI jobs, SAML.
import { z } from 'zod';
import { TOKEN_ALGORITHMS } from '../../domain/identity/provider-settings.ts';
import { closed, duration, name, secret, text } from './schema-values.ts';

const group = text('a group name').max(100);

/** A provider's own spelling: compared as it is, so it is kept as it is. */
const issuer = text('an https URL').refine(isProviderUrl, {
  error: 'must be an https URL without query (http only on 127.0.0.1, ::1 or localhost)',
});

/** Tokens of a provider in the clear could be read and changed by anybody between. */
function isProviderUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false;
  const isLocal = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}

const algorithms = z
  .array(z.enum(TOKEN_ALGORITHMS, { error: `must be one of ${TOKEN_ALGORITHMS.join(', ')}` }), {
    error: 'must be a list of algorithms',
  })
  .min(1, 'must name at least one algorithm')
  .default(['RS256', 'ES256', 'PS256', 'EdDSA']);

const groupMap = z
  .record(z.string(), z.union([group.transform((one) => [one]), z.array(group)]), {
    error: 'must be a section of their groups with ours',
  })
  .default({});

const oidc = closed({
  name,
  issuer,
  clientId: text('a client id'),
  clientSecret: secret.optional(),
  scopes: z
    .array(text('a scope'), { error: 'must be a list of scopes' })
    .refine((scopes) => scopes.includes('openid'), { error: 'must contain openid' })
    .default(['openid', 'profile', 'email', 'groups', 'offline_access']),
  parameters: z.record(z.string(), z.string(), { error: 'must be a section of parameters' }).default({}),
  nameClaim: text('the name of a claim').default('preferred_username'),
  groupsClaim: text('the name of a claim').default('groups'),
  groups: groupMap,
  groupsEndpoint: issuer.optional(),
  audiences: z.array(text('an audience'), { error: 'must be a list' }).default([]),
  algorithms,
  ca: text('a path').optional(),
});

const workload = closed({
  name,
  issuer,
  audience: text('an audience'),
  match: z
    .record(z.string(), text('a pattern'), { error: 'must be a section of claims with patterns' })
    .refine((match) => Object.keys(match).length > 0, {
      error: 'must name at least one claim: without, every job of everybody would match',
    }),
  principal: text('a name such as "ci-{repository}"'),
  groups: z.array(group, { error: 'must be a list of groups' }).default(['ci']),
  algorithms,
  ca: text('a path').optional(),
});

const keyPair = closed({ key: secret, certificate: text('a path') });

/** People are sent there, with a request that names them to nobody: a query is part of some providers' addresses. */
const entryPoint = text('an https URL').refine(isEntryPoint, {
  error: 'must be an https URL without fragment (http only on 127.0.0.1, ::1 or localhost)',
});

function isEntryPoint(value: string): boolean {
  const url = URL.parse(value);
  if (url === null) return false;
  url.search = '';
  return isProviderUrl(url.href);
}

const saml = closed({
  name,
  entryPoint,
  idpIssuer: text("the provider's entity id").max(1024),
  idpCertificate: text('a path'),
  issuer: text('our entity id').max(1024).optional(),
  nameAttribute: text('the name of an attribute').optional(),
  subjectAttribute: text('the name of an attribute').optional(),
  emailAttribute: text('the name of an attribute').optional(),
  groupsAttribute: text('the name of an attribute').default('groups'),
  groups: groupMap,
  signRequests: keyPair.optional(),
  decryption: keyPair.optional(),
});

export const identityKeys = {
  recheck: duration.default(15 * 60e3),
  loginLasts: duration.default(12 * 3600e3),
  oidc: z.array(oidc, { error: 'must be a list of providers' }).max(20).default([]),
  workloads: z.array(workload, { error: 'must be a list of issuers' }).max(50).default([]),
  saml: z.array(saml, { error: 'must be a list of providers' }).max(20).default([]),
};
