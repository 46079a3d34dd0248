// What the door speaks, in order of our preference (the client's decides). Named one by one, because ssh2's own lists
// offer a key exchange its server does not implement (group-exchange), compression before login, and SHA-1. In front of
// these, ssh2-handshake.ts offers mlkem768x25519-sha256, which ssh2 does not have, and certificates of our host keys.
import type { Algorithms } from 'ssh2';

export const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  // No chacha20-poly1305: without a native part it costs nearly twice the CPU of AES-GCM, and OpenSSH would pick it.
  // No CBC (Terrapin, CVE-2023-48795; strict key exchange is always offered besides).
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
};
