// `submodules: true`: a gitlink is added, moved, removed or replaced, or `.gitmodules`, which says where they point.
import { changeFlag, hasMode } from './change-flag.ts';

const GITLINK = '160000';

export const submodules = changeFlag('submodules', 'submodule', (change, facts) =>
  hasMode(change, GITLINK) || facts.forms(change.path).folded === '.gitmodules' ? 'yes' : 'no',
);
