// One upstream as the agent sees it: the operations of the port UpstreamAgent for one configured server.
import type { Readable } from 'node:stream';
import type { Service, UpstreamAnswer, UpstreamRequest } from '../domain/ports.ts';

export interface RequestBody {
  readonly stream: Readable;
  /** Exactly so many bytes. */
  readonly length?: number;
}

/** What `doctor` hears about an upstream. */
export interface UpstreamCheck {
  readonly ok: boolean;
  /** One line; for a failure with what to do next. */
  readonly text: string;
}

export interface Upstream {
  advertise(service: Service, request: UpstreamRequest): Promise<UpstreamAnswer>;
  uploadPack(request: UpstreamRequest, body: RequestBody): Promise<UpstreamAnswer>;
  receivePack(request: UpstreamRequest, body: RequestBody): Promise<UpstreamAnswer>;
  /** Connects and authenticates as far as that goes without naming a repository. */
  check(): Promise<UpstreamCheck>;
  /** Ends every connection; running requests break off. */
  close(): Promise<void>;
}

const NOT_FOUND =
  /not found|does not appear to be a git repository|(?:could not|cannot|can't) (?:be found|find|read)|no such (?:repository|file)|do(?:es)? ?n[o']t exist|not exist|access denied|permission denied|not (?:permitted|allowed|authori[sz]ed)|unauthori[sz]ed|forbidden|have (?:access|permission)|not exported/i;

/**
 * What forges and git itself say about a repository that is not there, or not for us (GitHub, GitLab, Gitea, Gerrit,
 * Bitbucket, git). For a server that ended without advertising anything, never for other text of an upstream.
 */
export function saysNotFound(text: string): boolean {
  return NOT_FOUND.test(text);
}
