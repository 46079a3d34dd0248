import { readFileSync } from 'node:fs';

/** The version of this build, as package.json has it. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content && typeof content.version === 'string') {
    return content.version;
  }
  throw new Error('package.json has no version');
}
