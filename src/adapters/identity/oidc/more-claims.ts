// What the ID token leaves out: groups and names that are only in userinfo, and groups of people who have more than a
// token holds. Asked of this provider's own endpoints, which the configuration or its discovery names; an address inside
// a token is never followed.
import { type Configuration, fetchUserInfo } from 'openid-client';
import { type ClaimedGroups, type Claims, claimedGroups, namesIn, textClaim } from '../../../domain/identity/claims.ts';
import type { OidcSettings } from '../../../domain/identity/provider-settings.ts';
import type { ProviderFetch } from './provider-fetch.ts';

export interface Person {
  readonly claims: Claims;
  readonly groups: ClaimedGroups;
}

const MAX_PAGES = 20;

/** The claims of somebody with what else `accessToken` lets us read; rejects when an endpoint fails. */
export async function moreClaims(
  settings: OidcSettings,
  configuration: Configuration,
  fetch: ProviderFetch,
  subject: string,
  claims: Claims,
  accessToken: string | undefined,
): Promise<Person> {
  const { groupsClaim, nameClaim, groupsEndpoint } = settings;
  let whole = claims;
  let groups = claimedGroups(claims, groupsClaim);
  const isWhole = groups.kind === 'names' && textClaim(claims, nameClaim) !== undefined;
  if (isWhole || accessToken === undefined) return { claims, groups };
  if (configuration.serverMetadata().userinfo_endpoint !== undefined) {
    const info: Claims = await fetchUserInfo(configuration, accessToken, subject);
    whole = { ...info, ...claims };
    const told = claimedGroups(info, groupsClaim);
    if (groups.kind !== 'names' && told.kind !== 'absent') groups = told;
  }
  if (groups.kind === 'overage' && groupsEndpoint !== undefined) {
    groups = await listedGroups(fetch, groupsEndpoint, accessToken);
  }
  return { claims: whole, groups };
}

/** A list as Microsoft Graph gives it: `value`, with its next page behind `@odata.nextLink`. */
async function listedGroups(fetch: ProviderFetch, endpoint: string, accessToken: string): Promise<ClaimedGroups> {
  const names: string[] = [];
  let next: string | undefined = endpoint;
  for (let page = 0; page < MAX_PAGES && next !== undefined; page++) {
    const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` };
    const answer = await fetch(next, { headers });
    if (answer.status !== 200) throw new Error(`the list of groups answers with status ${answer.status}`);
    const body = (await answer.json()) as { value?: unknown; '@odata.nextLink'?: unknown };
    if (!Array.isArray(body.value)) return { kind: 'unreadable' };
    names.push(...body.value.map(groupName).filter((name) => name !== undefined));
    next = nextPage(body['@odata.nextLink'], endpoint);
  }
  // More pages than anybody has groups: a list that is cut short says too little, and too little is safe.
  return namesIn(names);
}

function groupName(one: unknown): string | undefined {
  if (typeof one === 'string') return one;
  if (typeof one !== 'object' || one === null || !('id' in one)) return undefined;
  return typeof one.id === 'string' ? one.id : undefined;
}

/** Of the same server alone: the access token goes with it. */
function nextPage(link: unknown, endpoint: string): string | undefined {
  const url = typeof link === 'string' ? URL.parse(link) : null;
  return url?.origin === new URL(endpoint).origin ? url.href : undefined;
}
