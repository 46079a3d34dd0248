import ssh2 from 'ssh2';

/** A new ed25519 key. ssh2's generator cuts a leading zero byte off: about one key in 200 cannot be read again. */
export function makeSshKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    const isReadable = [pair.private, pair.public].every((text) => !(ssh2.utils.parseKey(text) instanceof Error));
    if (isReadable) return pair;
  }
}
