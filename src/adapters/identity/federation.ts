// Outside identities and the users they belong to: who comes in for the first time, what a person is now by what their
// providers say, and whose token somebody shows. Unknown means refuse: groups that were seen too long ago count for
// nothing, and somebody a provider no longer vouches for is disabled with everything they have here.
import { decodeJwt } from 'jose';
import { isUserName } from '../../domain/identity/claims.ts';
import { type ExternalIdentity, identityKey } from '../../domain/identity/external-identity.ts';
import type { LoginProvider, RecheckedIdentity } from '../../domain/identity/login-provider.ts';
import type { IdentityRecord, IdentityStore } from '../../domain/identity/login-store.ts';
import type { Clock, Directory, User } from '../../domain/ports.ts';
import type { CredentialUsed, Principal } from '../../domain/principal.ts';
import type { Log } from '../log/log.ts';
import type { OidcProvider, ShownIdentity } from './oidc/oidc-provider.ts';
import { looksLikeToken } from './oidc/verify-token.ts';
import type { WorkloadIssuer } from './oidc/workload-issuer.ts';

export type Admitted =
  | { readonly outcome: 'user'; readonly user: string }
  | { readonly outcome: 'refused'; readonly reason: string; readonly hint?: string };

/** What the providers of a user say. */
export interface Standing {
  readonly groups: readonly string[];
  /** Names and addresses by which the providers know the person, whatever else is known. */
  readonly identities: readonly string[];
  readonly disabled: boolean;
  /** Why some of it is not known, for the person to read. */
  readonly unknown?: string;
}

/** How fresh an answer has to be: seen within the configured time, or asked for now. */
export type Freshness = 'recent' | 'now';

export type ShownProof =
  | { readonly kind: 'user'; readonly name: string; readonly credential: CredentialUsed }
  | { readonly kind: 'principal'; readonly principal: Principal };

export interface Federation {
  /** The user of an identity that a provider has just vouched for; made at the first time. */
  admit(identity: ExternalIdentity, grant?: string): Promise<Admitted>;
  standing(user: string, freshness: Freshness): Promise<Standing>;
  /** Whom a provider's token, shown directly, stands for. */
  prove(text: string): Promise<ShownProof | undefined>;
}

export interface FederationParts {
  readonly directory: Pick<Directory, 'findUser'>;
  readonly identities: IdentityStore;
  readonly providers: readonly (LoginProvider | OidcProvider)[];
  readonly workloads: readonly WorkloadIssuer[];
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that what a provider said counts, when it can be asked again. */
  readonly recheckMs: number;
  /** And when it cannot: then a login is needed. */
  readonly loginLastsMs: number;
}

/** After a provider gave no answer: so that not every request waits for it. */
const BACKOFF_MS = 15_000;

export function createFederation(parts: FederationParts): Federation {
  const { directory, identities, clock, log } = parts;
  const providers = new Map(parts.providers.map((provider) => [provider.name, provider]));
  const asking = new Map<string, Promise<RecheckedIdentity>>();
  const silent = new Map<string, { readonly until: number; readonly reason: string }>();

  async function admit(identity: ExternalIdentity, grant?: string): Promise<Admitted> {
    const known = await identities.find(identity);
    const admitted = known === undefined ? await firstTime(identity) : await again(known, identity);
    if (admitted.outcome === 'user' && grant !== undefined) await identities.keepGrant(identity, grant);
    return admitted;
  }

  async function firstTime(identity: ExternalIdentity): Promise<Admitted> {
    const { provider, subject, name, groups } = identity;
    if (!isUserName(name)) {
      const hint = 'the claim of nameClaim must be 1 to 64 letters, digits, ".", "_", "@", "-"';
      return { outcome: 'refused', reason: 'the provider says no name that a user can have', hint };
    }
    const user: User = { name, kind: 'human', groups: [], createdAt: clock.now() };
    const added = await identities.add(identity, user, {
      type: 'identity.changed',
      actor: name,
      body: { change: 'first login', before: null, after: { user: name, provider, subject, groups } },
    });
    if (added === 'added') return { outcome: 'user', user: name };
    return {
      outcome: 'refused',
      reason: `there is a user ${name} already, who is not known to be you`,
      hint: `an admin links you: sallyport user link ${name} --provider ${provider} --subject ${subject}`,
    };
  }

  async function again(known: IdentityRecord, identity: ExternalIdentity): Promise<Admitted> {
    if (!(await note(known, identity)) && known.disabledAt !== undefined && known.disabledAt >= identity.at) {
      return { outcome: 'refused', reason: 'the provider has disabled you since' };
    }
    const user = await directory.findUser(known.user);
    if (user === undefined || user.disabledAt !== undefined) {
      return { outcome: 'refused', reason: `${known.user} is disabled here`, hint: 'ask an administrator' };
    }
    return { outcome: 'user', user: known.user };
  }

  /** Records what was seen now; in the trail only what is new. False when something later is known. */
  async function note(known: IdentityRecord, identity: ExternalIdentity): Promise<boolean> {
    const { provider, subject, groups } = identity;
    const isSame = known.disabledAt === undefined && sameGroups(known.groups, groups);
    if (isSame && identity.at <= known.at) return false;
    return identities.seen(
      // A token that says less than a login did takes no name away.
      { ...identity, name: identity.name || known.name },
      isSame
        ? undefined
        : {
            type: 'identity.changed',
            actor: known.user,
            body: {
              change: known.disabledAt === undefined ? 'groups' : 'enabled',
              before: { user: known.user, provider, subject, groups: known.groups },
              after: { user: known.user, provider, subject, groups },
            },
          },
    );
  }

  /** Asks the provider; one question at a time for each person, since a refresh token is good for one use. */
  async function recheck(known: IdentityRecord): Promise<RecheckedIdentity> {
    const key = identityKey(known);
    const pending = asking.get(key) ?? ask(known).finally(() => asking.delete(key));
    asking.set(key, pending);
    return pending;
  }

  async function ask(known: IdentityRecord): Promise<RecheckedIdentity> {
    const provider = providers.get(known.provider);
    const grant = provider?.recheck === undefined ? undefined : await identities.grantOf(known);
    if (provider?.recheck === undefined || grant === undefined) {
      return { outcome: 'unavailable', reason: 'it cannot be asked without a new login' };
    }
    const answer = await provider.recheck(grant, known);
    if (answer.outcome === 'gone') {
      await identities.disable(known, clock.now(), {
        type: 'identity.changed',
        actor: known.user,
        body: {
          change: 'disabled',
          before: { user: known.user, provider: known.provider, subject: known.subject, groups: known.groups },
          after: null,
          reason: answer.reason,
        },
      });
      return answer;
    }
    if (answer.grant !== undefined) await identities.keepGrant(known, answer.grant);
    if (answer.outcome === 'identity') await note(known, answer.identity);
    return answer;
  }

  /** One identity's part of a standing. */
  async function standingOf(known: IdentityRecord, freshness: Freshness): Promise<Part> {
    if (known.disabledAt !== undefined) return { groups: [], disabled: true };
    // Linked by an admin, and not logged in yet: nothing was said that could be old.
    if (known.at === 0) return seen(known);
    const provider = providers.get(known.provider);
    const canAsk = provider?.recheck !== undefined && (await identities.grantOf(known)) !== undefined;
    const age = clock.now() - known.at;
    if (!canAsk) return age <= parts.loginLastsMs && provider !== undefined ? seen(known) : tooOld(known);
    const isRecent = age <= parts.recheckMs;
    if (isRecent && freshness === 'recent') return seen(known);
    const quiet = silent.get(known.provider);
    if (freshness === 'recent' && quiet !== undefined && clock.now() < quiet.until) return tooOld(known, quiet.reason);
    const answer = await recheck(known);
    if (answer.outcome === 'gone') return { groups: [], disabled: true };
    if (answer.outcome === 'identity') {
      silent.delete(known.provider);
      return seen((await identities.find(known)) ?? answer.identity);
    }
    const { provider: name, user } = known;
    log.warn(
      { provider: name, user, reason: answer.reason, counts: isRecent },
      'a provider says nothing of somebody now',
    );
    silent.set(known.provider, { until: clock.now() + BACKOFF_MS, reason: answer.reason });
    return isRecent ? seen(known) : tooOld(known, answer.reason);
  }

  function tooOld({ provider }: IdentityRecord, reason?: string): Part {
    const hint = 'log in again: sallyport login';
    const unknown = `${provider} cannot say what you may do now${reason === undefined ? '' : `: ${reason}`}`;
    return { groups: [], disabled: false, unknown: `${unknown}; hint: ${hint}` };
  }

  async function standing(user: string, freshness: Freshness): Promise<Standing> {
    const records = await identities.ofUser(user);
    const all = await Promise.all(records.map((known) => standingOf(known, freshness)));
    const unknown = all.find((one) => one.unknown !== undefined)?.unknown;
    return {
      groups: [...new Set(all.flatMap(({ groups }) => groups))],
      identities: records.flatMap(({ name, email }) => (email === undefined ? [name] : [name, email])),
      disabled: all.some(({ disabled }) => disabled),
      ...(unknown !== undefined && { unknown }),
    };
  }

  async function prove(text: string): Promise<ShownProof | undefined> {
    const issuer = issuerOf(text);
    if (issuer === undefined) return undefined;
    for (const provider of parts.providers) {
      if (!('verify' in provider) || provider.issuer !== issuer) continue;
      const proof = await provePerson(provider, text);
      if (proof !== undefined) return proof;
    }
    for (const workload of parts.workloads) {
      if (workload.issuer !== issuer) continue;
      const proof = await proveWorkload(workload, text);
      if (proof !== undefined) return proof;
    }
    return undefined;
  }

  async function provePerson(provider: OidcProvider, text: string): Promise<ShownProof | undefined> {
    const verified = await provider.verify(text);
    if (verified.outcome !== 'identity') return notProved(provider.name, verified.reason);
    const { shown } = verified;
    const name = { provider: provider.name, subject: shown.subject };
    const admitted = await admitShown(name, shown);
    if (admitted.outcome === 'refused') return notProved(provider.name, admitted.reason);
    return { kind: 'user', name: admitted.user, credential: { kind: 'provider-token', ...name } };
  }

  async function admitShown(
    name: Pick<ExternalIdentity, 'provider' | 'subject'>,
    { groups, ...shown }: ShownIdentity,
  ): Promise<Admitted> {
    const known = await identities.find(name);
    const identity = { ...name, ...shown, name: shown.name ?? '' };
    if (groups !== undefined) return admit({ ...identity, groups });
    if (known === undefined) return admit({ ...identity, groups: [] });
    // It says nothing of groups: those of the last login go on, for as long as they would without it.
    return again(known, known);
  }

  async function proveWorkload(workload: WorkloadIssuer, text: string): Promise<ShownProof | undefined> {
    const verified = await workload.verify(text);
    if (verified.outcome !== 'workload') return notProved(workload.name, verified.reason);
    const { principal: name, subject, groups } = verified;
    const namesake = await directory.findUser(name);
    // A user of that name is somebody else, unless it is there to be disabled.
    if (namesake !== undefined && (namesake.kind !== 'service' || namesake.disabledAt !== undefined)) {
      return notProved(workload.name, 'its name is that of a user, or is disabled');
    }
    const credential = { kind: 'workload-token', provider: workload.name, subject } as const;
    return { kind: 'principal', principal: { name, kind: 'service', groups, credential } };
  }

  function notProved(provider: string, reason: string): undefined {
    log.info({ provider, reason }, 'a token of a provider was refused');
    return undefined;
  }

  return { admit, standing, prove };
}

type Part = Omit<Standing, 'identities'>;

function seen({ groups }: Pick<ExternalIdentity, 'groups'>): Part {
  return { groups, disabled: false };
}

function sameGroups(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((group) => right.includes(group));
}

/** Unchecked: it only says whom to ask. */
function issuerOf(text: string): string | undefined {
  if (!looksLikeToken(text)) return undefined;
  try {
    return decodeJwt(text).iss;
  } catch {
    return undefined;
  }
}
