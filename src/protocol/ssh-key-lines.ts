// Files of public keys, one a line: authorized_keys without options, what a forge serves as /USER.keys, several .pub
// files one after the other. Empty lines and # comments are left out.
import { parseSshPublicKeyLine, type SshKeyRefusal, type SshPublicKeyLine } from './ssh-key.ts';

export interface NumberedKeyLine {
  /** From 1. */
  readonly line: number;
  readonly key: SshPublicKeyLine | SshKeyRefusal;
}

/** Each line with a key, or with why it is none. A private key among them is refused as a whole, by its first line. */
export function parseSshPublicKeyLines(text: string): readonly NumberedKeyLine[] {
  return text
    .split(/\r?\n/)
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'))
    .map(({ content, line }) => ({ line, key: parseSshPublicKeyLine(content) }));
}

/** Does any of it look like a private key? Then none of it should go anywhere. */
export function holdsPrivateKey(text: string): boolean {
  return /PRIVATE KEY|^PuTTY-User-Key-File/m.test(text);
}
