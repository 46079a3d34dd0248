// Ports: who outside identities are here, and which logins are open. Secrets come as hashTokenText of them; whoever reads
// a copy of the store can use none. A method that takes an entry writes it in the same durable transaction.
import type { TrailEntry } from '../audit/entry.ts';
import type { TokenRecord, User } from '../ports.ts';
import type { TokenScope } from '../principal.ts';
import type { ExternalIdentity } from './external-identity.ts';

/** An outside identity and the one user it belongs to. `at` is when it was last seen. */
export interface IdentityRecord extends ExternalIdentity {
  readonly user: string;
  readonly createdAt: number;
  /** The provider no longer vouched for it then. */
  readonly disabledAt?: number;
}

export type IdentityName = Pick<ExternalIdentity, 'provider' | 'subject'>;

export interface IdentityStore {
  find(name: IdentityName): Promise<IdentityRecord | undefined>;
  ofUser(user: string): Promise<readonly IdentityRecord[]>;
  /**
   * Gives the identity to a user: to a new one (made in the same transaction), or to one that is there. `taken` when it
   * belongs to somebody, when the new user's name is taken, or when there is no such user.
   */
  add(identity: ExternalIdentity, user: User | string, entry: TrailEntry): Promise<'added' | 'taken'>;
  /**
   * What a provider said of it at `identity.at`; ends its being disabled if that is later. False, and nothing is
   * changed, when something later is known.
   */
  seen(identity: ExternalIdentity, entry?: TrailEntry): Promise<boolean>;
  disable(name: IdentityName, at: number, entry: TrailEntry): Promise<boolean>;
  /** With what the provider can be asked about it again: kept sealed. `undefined` removes it. */
  keepGrant(name: IdentityName, grant: string | undefined): Promise<void>;
  grantOf(name: IdentityName): Promise<string | undefined>;
}

/** By what somebody logged in: every login ends with it. */
export type LoginVia =
  | { readonly kind: 'provider'; readonly provider: string; readonly subject: string }
  | { readonly kind: 'token'; readonly id: string };

/** Who a login stands for, and what it may be used for. */
export interface LoggedIn {
  readonly user: string;
  readonly via: LoginVia;
  readonly scopes: readonly TokenScope[];
}

export interface BrowserSession extends LoggedIn {
  readonly createdAt: number;
  readonly usedAt: number;
  readonly endsAt: number;
}

export interface CodeGrant extends LoggedIn {
  readonly redirectUri: string;
  /** S256. */
  readonly challenge: string;
  /** Where the command line runs, as it says. */
  readonly label: string;
  readonly expiresAt: number;
}

export type TakenCode =
  | { readonly outcome: 'grant'; readonly grant: CodeGrant }
  /** Somebody has a copy: what was made of it is to end. */
  | { readonly outcome: 'used'; readonly family?: string }
  | { readonly outcome: 'unknown' };

export interface DeviceRequest {
  /** Where it was asked from: what it calls itself, and its address. */
  readonly label: string;
  readonly source: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly state: 'pending' | 'approved' | 'denied' | 'used';
  /** Who approved. */
  readonly by?: LoggedIn;
}

export type DevicePoll =
  | { readonly outcome: 'pending' | 'slow-down' | 'denied' | 'unknown' }
  | { readonly outcome: 'approved'; readonly by: LoggedIn; readonly label: string };

/** What follows from one login of a command line: a chain of refresh tokens, each good for one use. */
export interface RefreshFamily extends LoggedIn {
  readonly id: string;
  readonly label: string;
  readonly createdAt: number;
  readonly endsAt: number;
  readonly revokedAt?: number;
}

/** A new access token and the refresh token that comes with it. */
export interface Issue {
  readonly token: TokenRecord;
  readonly tokenHash: string;
  readonly refreshHash: string;
}

export type FoundRefresh =
  | { readonly outcome: 'live' | 'grace'; readonly family: RefreshFamily }
  /** It was used before, too long ago for two requests that crossed. */
  | { readonly outcome: 'reused'; readonly family: RefreshFamily }
  | { readonly outcome: 'unknown' };

export interface LoginStore {
  /** What one attempt to log in with a provider must know again; sealed. */
  addAttempt(hash: string, text: string, expiresAt: number): Promise<void>;
  /** Exactly once. */
  takeAttempt(hash: string, now: number): Promise<string | undefined>;

  addSession(hash: string, session: BrowserSession, entry: TrailEntry): Promise<void>;
  /** One that has not ended, whatever its user is by now. */
  findSession(hash: string, now: number): Promise<BrowserSession | undefined>;
  touchSession(hash: string, at: number): Promise<void>;
  endSession(hash: string, at: number, entry: TrailEntry): Promise<boolean>;

  addCode(hash: string, grant: CodeGrant): Promise<void>;
  takeCode(hash: string, now: number): Promise<TakenCode>;

  /** False when there is such a user code already. */
  addDevice(deviceHash: string, userCodeHash: string, request: DeviceRequest): Promise<boolean>;
  findDevice(userCodeHash: string, now: number): Promise<DeviceRequest | undefined>;
  /** `by` absent = denied. False unless it was pending. */
  decideDevice(userCodeHash: string, by: LoggedIn | undefined, now: number, entry: TrailEntry): Promise<boolean>;
  /** An approved one is given out once. */
  pollDevice(deviceHash: string, now: number): Promise<DevicePoll>;

  /** `codeHash`: of the authorization code that it follows from. */
  addFamily(family: RefreshFamily, issue: Issue, entry: TrailEntry, codeHash?: string): Promise<void>;
  findRefresh(hash: string, now: number): Promise<FoundRefresh>;
  /** The next pair of a family. False when the family has ended meanwhile. */
  rotate(hash: string, family: string, issue: Issue, now: number, entry: TrailEntry): Promise<boolean>;
  /** Ends the family with its refresh and access tokens. */
  endFamily(id: string, at: number, entry: TrailEntry): Promise<boolean>;

  /** Removes what ended longer ago than anybody asks for. */
  sweep(now: number): Promise<void>;
}
