// The command line that an agent's configuration gets, and how ours is told from others.
import { ENTRY } from '../outbox.ts';

const SAFE = /^[\w./:@%+=-]+$/;

/** For the shells of all platforms: in double quotes when it has to be. */
export function commandLine(agent: string, event: string): string {
  return [process.execPath, ENTRY, agent, event].map(quoted).join(' ');
}

/** Of any installation of ours, also one that is gone. */
export function isOurs(command: unknown, agent: string): boolean {
  if (typeof command !== 'string') return false;
  return new RegExp(`[\\\\/]cli[\\\\/]hook[\\\\/]record\\.mjs"? ${agent}(?: |$)`).test(command);
}

function quoted(part: string): string {
  return SAFE.test(part) ? part : `"${part.replace(/(["$`])/g, '\\$1')}"`;
}
