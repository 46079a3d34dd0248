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
