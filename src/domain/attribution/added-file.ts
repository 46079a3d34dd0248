// The lines that one commit adds to one file, as the rest of the engine looks at them.
import type { Oid } from '../../protocol/oid.ts';
import type { LineRange } from './evidence.ts';

export interface AddedFile {
  readonly commit: Oid;
  readonly path: string;
  /** The version that the commit brings. */
  readonly blob: Oid;
  /** Lines of that version; a last line without a line feed counts. */
  readonly totalLines: number;
  /** Against the first parent; of a merge, absent from all parents. Ascending, apart from one another. */
  readonly added: readonly LineRange[];
  /** The added lines without their line feeds, in the order of `added`. */
  readonly lines: readonly Buffer[];
  readonly isGenerated: boolean;
  /** Digest of the lines that are gone, against the first parent: tells apart two changes that add the same. */
  readonly removed?: string;
}
