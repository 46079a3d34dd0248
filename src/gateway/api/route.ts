// A route is a value: its method, path and schemas are checked against every request, and printed into the OpenAPI
// document. What is not described here is not reachable.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Principal } from '../../domain/principal.ts';
import type { Caller } from './authenticate.ts';
import { Problem } from './problem.ts';

export type Schema = z.ZodObject;

export interface Answer<Body = unknown> {
  readonly status: number;
  /** JSON, or text when `contentType` says so. Absent: no content. */
  readonly body?: Body;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly principal: Principal;
  readonly again: Caller['again'];
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The very bytes of the body; empty when there is none. */
  readonly bytes: Uint8Array;
  readonly request: IncomingMessage;
  /** For answers that are streams: a route that takes it answers `'taken'`. */
  readonly response: ServerResponse;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  /** Bytes of a body; default: what a comment or a public key needs. */
  readonly maxBodyBytes?: number;
  readonly answer: {
    readonly status: number;
    readonly schema?: z.ZodType;
    readonly contentType?: string;
    /** The one member that leaves as it is: the text of a token that was made for the caller. */
    readonly reveals?: string;
  };
  run(call: Call): Promise<Answer | 'taken'>;
}

type Output<S> = S extends z.ZodType ? z.output<S> : Record<string, never>;

interface RouteSpec<P, Q, B> extends Omit<Route, 'params' | 'query' | 'body' | 'run'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  run(call: Call<Output<P>, Output<Q>, Output<B>>): Promise<Answer | 'taken'>;
}

/** A route whose `run` gets what its schemas say, and only that. */
export function route<
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { params, query, body, run, ...rest } = spec;
  return {
    ...rest,
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    // Whatever stands against a request is a rejection, also for a stream whose head is its own to write.
    run: async (call) =>
      run({
        ...call,
        params: check(params, call.params, 'path') as Output<P>,
        query: check(query, call.query, 'query') as Output<Q>,
        body: check(body, call.body, 'body') as Output<B>,
      }),
  };
}

/** Values are never echoed: a body may hold a secret put in the wrong place. */
function check(schema: Schema | undefined, value: unknown, place: 'path' | 'query' | 'body'): unknown {
  if (!schema) {
    // An unknown parameter is a misunderstanding; a token among them would end up in somebody's log.
    if (place === 'query' && Object.keys(value ?? {}).length > 0)
      throw new Problem(400, 'no query parameter is known here');
    return {};
  }
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  // A path that cannot name anything is the same as one that names nothing.
  if (place === 'path') throw new Problem(404, 'no such thing, or not for you to see');
  const errors = parsed.error.issues.slice(0, 20).map((issue) => ({
    at: [place, ...issue.path.map(String)].join('.'),
    message: issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys) : issue.message,
  }));
  throw new Problem(place === 'body' ? 422 : 400, `${place} is not as described in /api/openapi.json`, { errors });
}

/** Only plain words are repeated: a key, too, may be a secret in the wrong place. */
function unknownKeys(keys: readonly string[]): string {
  const words = keys.filter((key) => /^[A-Za-z]{1,24}$/.test(key));
  return words.length === 0 ? 'a key that is not known here' : `not known here: ${words.join(', ')}`;
}
