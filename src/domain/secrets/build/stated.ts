// Passwords in fields of files and connection strings, judged like those of URLs: by user, host and what they look like.
import { gradeUrlPassword } from '../generic/url-credentials.ts';
import type { Candidate } from '../rule.ts';

/** Stands for a host that is not said but exists. */
export const SOME_HOST = 'host.internal';

/** What servers, images and manuals start with. */
const DEFAULTS = /^(?:admin|changeit|foobared|guest|hunter2|mysql|postgres|qwert[yz]\w*|rabbitmq|root|tiger)\d{0,4}$/i;

const MAX_LENGTH = 256;

export interface Stated {
  readonly start: number;
  readonly user?: string;
  readonly password: string;
  readonly host?: string;
}

/** The password that stands at `start`, if it is one and no sample. Only in part so sure where the host is a local one. */
export function stated({ start, user = '', password, host = SOME_HOST }: Stated): Candidate | undefined {
  if (password.length > MAX_LENGTH || DEFAULTS.test(password)) return undefined;
  const grade = gradeUrlPassword(user, password, host);
  return grade && { start, end: start + password.length, ...grade };
}
