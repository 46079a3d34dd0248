// Errors as the outside sees them: RFC 9457 problem documents. Whatever is not one of ours becomes a bare "internal
// error" with an id that leads to our log, since its text may hold anything.
import { z } from 'zod';

export const problemJson = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  incident: z.string().optional().describe('names the line in the log of the gateway'),
  errors: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
});

export type ProblemJson = z.infer<typeof problemJson>;

const TITLES = {
  400: 'bad request',
  401: 'login needed',
  403: 'refused',
  404: 'not found',
  405: 'method not allowed',
  409: 'conflict',
  413: 'request too large',
  415: 'media type not supported',
  422: 'not acceptable',
  429: 'too many requests',
  500: 'internal error',
  503: 'not available',
} as const;

export type ProblemStatus = keyof typeof TITLES;

export interface ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly { readonly at: string; readonly message: string }[];
  readonly incident?: string;
}

/** An answer other than success, thrown from anywhere below a route. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ProblemStatus;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: ProblemDetails;

  constructor(status: ProblemStatus, detail?: string, more: ProblemDetails = {}) {
    super(detail ?? TITLES[status]);
    this.status = status;
    this.detail = detail;
    this.headers = more.headers ?? {};
    this.more = more;
  }

  toJson(): ProblemJson {
    return {
      type: 'about:blank',
      title: TITLES[this.status],
      status: this.status,
      ...(this.detail !== undefined && { detail: this.detail }),
      ...(this.more.incident !== undefined && { incident: this.more.incident }),
      ...(this.more.errors && { errors: [...this.more.errors] }),
    };
  }
}

/** The one answer for what does not exist and for what this caller may not know to exist. */
export function notFound(): Problem {
  return new Problem(404, 'no such thing, or not for you to see');
}
