// A last test for short prefixes that words may begin with: what follows must look drawn by a machine.
import { looksRandom } from '../generic/value.ts';

/** For `verify`: drops a token whose text after `skip` characters looks written by a person. */
export function randomAfter(skip: number): (token: string) => boolean | undefined {
  return (token) => {
    const body = Buffer.from(token.slice(skip), 'latin1');
    return looksRandom(body, 0, body.length) ? undefined : false;
  };
}
