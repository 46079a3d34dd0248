// `binaries: true`: the new content of a file is binary (a NUL among its first bytes, as git decides). The fact is
// collected only when a policy asks; content that nobody looked at counts as binary.
import { changeFlag } from './change-flag.ts';

const ABSENT = '000000';
const NOT_FILES: readonly string[] = [ABSENT, '120000', '160000'];

export const binaries = changeFlag('binaries', 'binary file', (change) => {
  if (NOT_FILES.includes(change.newMode)) return 'no';
  if (change.binary === undefined) return 'unknown';
  return change.binary ? 'yes' : 'no';
});
