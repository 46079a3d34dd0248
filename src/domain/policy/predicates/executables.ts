// `executables: true`: an executable file is added, changed or removed, or a file gains or loses its executable bit.
import { changeFlag, hasMode } from './change-flag.ts';

const EXECUTABLE = '100755';

export const executables = changeFlag('executables', 'executable file', (change) =>
  hasMode(change, EXECUTABLE) ? 'yes' : 'no',
);
