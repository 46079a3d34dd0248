// What the scanner rightly finds in the packages that are measured, and why it is there.
import type { KnownFinding } from './trees.ts';

const TEST_KEYS =
  'a private key made for the tests of ssh2; five of them are damaged or encrypted on purpose and do not parse';

/** Files of ssh2's tests that hold keys, or what reading one must give. */
const SSH2_KEYS = /ssh2\/test\/fixtures\/(?:keyParser\/)?(?:openssh|ppk|id|ssh_host|https|bad_rsa)_\w+(?:\.\w+)?$/;

export const KNOWN: readonly KnownFinding[] = [
  { path: SSH2_KEYS, rule: 'private-key', reason: TEST_KEYS },
  { path: SSH2_KEYS, rule: 'putty-private-key', reason: TEST_KEYS },
  {
    path: /ssh2\/lib\/protocol\/constants\.js$/,
    rule: 'private-key',
    reason: 'a private key that parses, by which ssh2 tries whether the engine knows Ed25519',
  },
  { path: /node-rsa\/README\.md$/, rule: 'private-key', reason: 'a whole private key, written out in an example' },
  {
    path: /node-forge\/README\.md$/,
    rule: 'generic-password',
    reason: 'a password of 32 random letters that an example sets; nothing there says that it is none',
  },
];
