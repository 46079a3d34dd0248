// What the gateway's login asks of an identity provider, whichever protocol it speaks. A provider keeps nothing itself:
// what it must know again when the browser comes back (verifier, nonce, request id) and what lets it ask about somebody
// later (a refresh token) are texts that it hands out; the gateway seals and stores them.
import type { ExternalIdentity } from './external-identity.ts';

export interface LoginProvider {
  /** As in sallyport.yaml; part of its paths: /login/begin/NAME, /login/callback/NAME, /login/metadata/NAME. */
  readonly name: string;
  /** Where to send the browser for one attempt to log in. */
  begin(attempt: LoginAttempt): Promise<BegunLogin>;
  /** What the provider's answer is worth. Called once for an attempt, whatever comes of it. */
  finish(answer: ProviderAnswer): Promise<FinishedLogin>;
  /** Asks the provider about somebody anew; absent when its protocol cannot. */
  recheck?(grant: string, identity: Pick<ExternalIdentity, 'subject'>): Promise<RecheckedIdentity>;
  /** What the provider has to be told about us, to be read at /login/metadata/NAME. */
  metadata?(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface LoginAttempt {
  /** Unguessable, and known to this attempt alone: `state` of OIDC, `RelayState` of SAML. */
  readonly state: string;
  /** Absolute URL of /login/callback/NAME. */
  readonly callback: string;
}

/** What a browser brings back to /login/callback/NAME. It is the browser of the attempt: the gateway has checked. */
export interface ProviderAnswer extends LoginAttempt {
  /** `callback` with the query that came. */
  readonly url: string;
  /** Fields of a form that was posted to it; absent when it came by GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** What `begin` gave to keep. */
  readonly kept: string;
}

/** Nothing is known: the provider cannot be reached, or answers with nonsense. `reason` is for log and trail. */
export interface ProviderUnavailable {
  readonly outcome: 'unavailable';
  readonly reason: string;
}

export type BegunLogin =
  | { readonly outcome: 'redirect'; readonly url: string; readonly kept: string }
  | ProviderUnavailable;

export type FinishedLogin =
  | {
      readonly outcome: 'identity';
      readonly identity: ExternalIdentity;
      /** With which `recheck` can ask again. */
      readonly grant?: string;
    }
  /** The answer proves nothing, or the person said no. `reason` never quotes what came. */
  | { readonly outcome: 'refused'; readonly reason: string }
  | ProviderUnavailable;

export type RecheckedIdentity =
  /** `grant` replaces the one that was used. */
  | { readonly outcome: 'identity'; readonly identity: ExternalIdentity; readonly grant?: string }
  /** The provider no longer vouches for this person. */
  | { readonly outcome: 'gone'; readonly reason: string }
  | (ProviderUnavailable & { readonly grant?: string });
