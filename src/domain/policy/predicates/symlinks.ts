// `symlinks: true`: a symbolic link is added, changed, removed, or takes the place of something else.
import { changeFlag, hasMode } from './change-flag.ts';

const SYMLINK = '120000';

export const symlinks = changeFlag('symlinks', 'symbolic link', (change) => (hasMode(change, SYMLINK) ? 'yes' : 'no'));
