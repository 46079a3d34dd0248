// What a commit does, as one id, so that it is known again after a rebase, a cherry-pick or an amended message. As
// `git patch-id --stable` it does not depend on line numbers, on blanks, nor on the order of files; unlike it, not on the
// lines around a change either. It is no git patch id and is not to be compared with one:
//   SHA-256 over, sorted, for each file with added lines, as hex:
//     SHA-256( path NUL  removed-digest-or-nothing NUL  line hashes of the added lines in order )
import { createHash, hash } from 'node:crypto';
import { encodeBytes } from '../../../protocol/bytes.ts';
import type { AddedFile } from '../added-file.ts';
import { lineHashes } from './line-marks.ts';

const NUL = Buffer.of(0);

/** Of the files of one commit: 64 hex digits, or undefined when it adds no line. */
export function patchId(files: readonly AddedFile[]): string | undefined {
  const parts = files.filter(({ lines }) => lines.length > 0).map(filePatchId);
  return parts.length === 0 ? undefined : hash('sha256', parts.toSorted().join(''));
}

/** What the commit does to one file, in the same way. */
export function filePatchId(file: AddedFile): string {
  const digest = createHash('sha256').update(encodeBytes(file.path)).update(NUL);
  return digest
    .update(file.removed ?? '')
    .update(NUL)
    .update(lineHashes(file))
    .digest('hex');
}
