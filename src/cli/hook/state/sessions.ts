// The sessions of coding agents that work in a repository: who they are, and what they were asked last (its digest; the
// words go to the queue, masked).
import { join } from 'node:path';
import { readObject, writeWhole } from './disk.ts';
import { nameFor } from './places.ts';

export interface Session {
  readonly codingAgent: string;
  readonly conversation: string;
  readonly model?: string;
  readonly toolVersion?: string;
  /** Id of the last prompt's event. */
  readonly promptId?: string;
}

/** The name of a session among the recorder's files. */
export function nameOfSession({ codingAgent, conversation }: Pick<Session, 'codingAgent' | 'conversation'>): string {
  return nameFor(`${codingAgent}:${conversation}`);
}

export function loadSession(directory: string, name: string): Session | undefined {
  const stored = readObject(join(directory, `${name}.json`));
  const text = (key: string) => (typeof stored?.[key] === 'string' ? { [key]: stored[key] } : {});
  const { codingAgent, conversation } = stored ?? {};
  if (typeof codingAgent !== 'string' || typeof conversation !== 'string') return undefined;
  return { codingAgent, conversation, ...text('model'), ...text('toolVersion'), ...text('promptId') };
}

export function saveSession(directory: string, session: Session): void {
  writeWhole(join(directory, `${nameOfSession(session)}.json`), JSON.stringify(session));
}
