// What the files of the held-out corpus are made with: each value is labelled where it is put in.
import type { Random } from '../support/random.ts';
import { type PemKind, pemOf } from './keys.ts';
import { type Letters, lettersOf, uuidOf } from './letters.ts';
import { passwordOf } from './passwords.ts';
import type { Marker } from './sample.ts';
import { type TokenName, tokenOf } from './tokens.ts';

export class Kit {
  readonly random: Random;
  readonly #marker: Marker;

  constructor(random: Random, marker: Marker) {
    this.random = random;
    this.#marker = marker;
  }

  /** A secret of which the caller says what it is. */
  secret(vendor: string, value: string, kind = vendor): string {
    return this.#marker.mark({ vendor, kind, is: 'secret' }, value);
  }

  /** A vendor's token. */
  token(name: TokenName): string {
    return this.secret(name.split('-')[0] as string, tokenOf(name, this.random), name);
  }

  /** A password as people choose it, or let it be chosen; not fit for URLs. */
  password(kind = 'password'): string {
    return this.secret('password', passwordOf(this.random, 'any'), kind);
  }

  /** A password of letters, digits, `.`, `-` and `_`. */
  plainPassword(kind = 'password'): string {
    return this.secret('password', passwordOf(this.random, 'plain'), kind);
  }

  /** A key that nothing but its name tells from other random text. */
  key(kind = 'key'): string {
    const { next } = this.random;
    const length = [24, 32, 40, 48, 64][next(5)] as number;
    return this.secret('key', this.text((['alnum', 'hex', 'url'] as const)[next(3)] as Letters, length), kind);
  }

  pem(kind: PemKind): string {
    return this.secret('private-key', pemOf(kind), kind);
  }

  /** A private key on one line, its line ends written `\n`. */
  escapedPem(kind: PemKind): string {
    return this.secret('private-key', pemOf(kind).replaceAll('\n', '\\n'), kind);
  }

  /** Half of a pair, or what reasonable people do not agree about: it may be found or not. */
  neutral(value: string): string {
    return this.#marker.mark({ vendor: 'neutral', kind: 'neutral', is: 'neutral' }, value);
  }

  /** It must not be found. */
  trap(value: string): string {
    return this.#marker.mark({ vendor: 'trap', kind: 'trap', is: 'trap' }, value);
  }

  /** Random text without a label. */
  text(of: Letters, length: number): string {
    return lettersOf(of, length, this.random);
  }

  /** Random text that is no secret: a digest, a generated id. */
  noise(of: Letters, length: number): string {
    return this.trap(this.text(of, length));
  }

  uuid(): string {
    return this.trap(uuidOf(this.random));
  }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
