// What the scanner rightly finds in the packages that are measured, and why it is there.
import type { KnownFinding } from './trees.ts';

export const KNOWN: readonly KnownFinding[] = [];
