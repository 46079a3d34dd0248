// One call of an agent's hook. It may cost the agent nothing: no network, no rules loaded, and whatever goes wrong stays
// here. What there is to send is handed to another process.
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { SESSION_BOUNDS, type SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import { type HookAgent, loadAgent } from './agents.ts';
import { afterEdit, beforeEdit } from './edits.ts';
import { flushBehind, handOver, type Outgoing } from './outbox.ts';
import { type HookCall, readHookCall } from './payload.ts';
import { findRepository, pathInside, type Repository } from './repository.ts';
import { closeShell, openShell, runningShells, type Surroundings, settleShell } from './shells.ts';
import { withLock } from './state/lock.ts';
import { placesOf } from './state/places.ts';
import { loadSession, nameOfSession, type Session, saveSession } from './state/sessions.ts';
import { type LineOwner, WorkingFiles } from './state/working-files.ts';

/** Records what an agent's hook was given. Nothing when the agent or the event is none that we know. */
export async function record(agentName: string, event: string | undefined, payload: string): Promise<void> {
  const agent = loadAgent(agentName);
  const call = agent && readHookCall(agent, event, JSON.parse(payload));
  if (agent === undefined || call === undefined) return;
  for (const [repository, files] of repositoriesOf(call)) {
    const items = withLock(placesOf(repository).lock, () => recordIn(repository, files, agent, call)) ?? [];
    await handOver(repository, items);
    if (call.moment === 'turn-end' || call.moment === 'session-end') flushBehind(repository);
  }
}

/** An agent may edit in several; what is in none is nobody's business. */
function repositoriesOf(call: HookCall): Map<Repository, string[]> {
  const found = new Map<string, [Repository, string[]]>();
  const add = (directory: string, file?: string) => {
    const repository = findRepository(directory);
    const path = repository && file && pathInside(repository, file);
    if (repository === undefined || (file !== undefined && path === undefined)) return;
    const entry = found.get(repository.top) ?? [repository, []];
    if (path !== undefined && path !== '') entry[1].push(path);
    found.set(repository.top, entry);
  };
  if (call.files.length === 0) add(call.cwd);
  for (const file of call.files) add(dirname(file), file);
  return new Map(found.values());
}

function recordIn(repository: Repository, files: readonly string[], agent: HookAgent, call: HookCall): Outgoing[] {
  const places = placesOf(repository);
  const around = { repository, places, files: new WorkingFiles(places.files) };
  const known = loadSession(places.sessions, nameOfSession({ codingAgent: agent.codingAgent, ...call }));
  const { events, session } = happened(around, files, call, sessionOf(agent, call, known));
  if (known === undefined || JSON.stringify(known) !== JSON.stringify(session)) saveSession(places.sessions, session);
  const first: SessionEvent = { id: randomUUID(), at: Date.now(), kind: 'session-start' };
  const all = known === undefined && call.moment !== 'session-start' ? [first, ...events] : events;
  return all.map((event) => ({ session, event }));
}

function sessionOf({ codingAgent }: HookAgent, call: HookCall, known: Session | undefined): Session {
  const model = call.model ?? known?.model ?? modelInTranscript(call.transcript);
  const toolVersion = call.toolVersion ?? known?.toolVersion;
  return {
    ...{ codingAgent, conversation: call.conversation },
    ...(model !== undefined && { model }),
    ...(toolVersion !== undefined && { toolVersion }),
    ...(known?.promptId !== undefined && { promptId: known.promptId }),
  };
}

interface Happened {
  readonly events: readonly SessionEvent[];
  readonly session: Session;
}

function happened(around: Surroundings, files: readonly string[], call: HookCall, session: Session): Happened {
  const name = nameOfSession(session);
  const at = Date.now();
  switch (call.moment) {
    case 'session-start':
    case 'session-end':
      closeShell(around.places, name);
      return { events: [{ id: randomUUID(), at, kind: call.moment }], session };
    case 'prompt': {
      closeShell(around.places, name);
      const event = promptEvent(call.prompt ?? '', at);
      return { events: [event], session: { ...session, promptId: event.id } };
    }
    case 'turn-end':
      closeShell(around.places, name);
      return { events: [], session };
    case 'model':
      return { events: [], session };
    default:
      return { events: toolEvents(around, files, call, session), session };
  }
}

function promptEvent(text: string, at: number) {
  const digest = createHash('sha256').update(text).digest('hex');
  return {
    id: randomUUID(),
    at,
    kind: 'prompt',
    prompt: text.slice(0, SESSION_BOUNDS.promptCharacters),
    digest,
  } as const;
}

function toolEvents(around: Surroundings, paths: readonly string[], call: HookCall, session: Session): SessionEvent[] {
  const name = nameOfSession(session);
  const writer: LineOwner = {
    session: name,
    ...(session.promptId !== undefined && { promptId: session.promptId }),
    ...(call.userModified && { userModified: true }),
  };
  const isBefore = call.moment.startsWith('before-');
  // A tool whose files nobody names may have changed any.
  if (call.isShell || paths.length === 0) return shellEvents(around, call.tool, writer, isBefore);
  return paths.flatMap((path) => {
    if (isBefore) beforeEdit(around.files, around.repository, path, name);
    return isBefore ? [] : (afterEdit(around.files, around.repository, path, call, writer) ?? []);
  });
}

function shellEvents(around: Surroundings, tool: string, writer: LineOwner, isBefore: boolean): SessionEvent[] {
  const running = runningShells(around.places);
  const own = running.find(({ session }) => session === writer.session);
  const events = own === undefined ? [] : settleShell(around, own, running.length > 1 ? undefined : writer, undefined);
  if (isBefore) openShell(around, writer.session, tool);
  else closeShell(around.places, writer.session);
  return events;
}

const TRANSCRIPT_TAIL = 64 * 1024;

/** The last model that the end of the agent's own transcript names. */
function modelInTranscript(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const { size } = fstatSync(handle);
    const tail = Buffer.alloc(Math.min(size, TRANSCRIPT_TAIL));
    readSync(handle, tail, 0, tail.length, size - tail.length);
    const models = [...tail.toString('utf8').matchAll(/"model":"([\w.:/@[\]-]{1,100})"/g)];
    return models.map((match) => match[1]).findLast((model) => model !== undefined && !model.startsWith('<'));
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
