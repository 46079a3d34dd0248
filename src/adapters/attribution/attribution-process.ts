// The gateway's side of the process that attributes large pushes. Question and answer come in pieces, between which this
// thread serves others; what must be asked of an upstream is asked here, where its credentials are.
import { join } from 'node:path';
import type { AttributedPush, PushToAttribute } from '../../domain/attribution/push/attribute-push.ts';
import type { AttributionSite, Attributor } from '../../domain/attribution/push/attributor.ts';
import { SideProcess, SideProcessError } from '../process/side-process.ts';
import { AnswerCollector } from './answer-pieces.ts';
import type {
  AttributionEnd,
  AttributionTask,
  AttributorSettings,
  FromAttribution,
  ToAttribution,
} from './messages.ts';
import { questionPieces } from './question-pieces.ts';

/** Young values have room: nearly all of what comparing makes is gone at once, and so is the process soon after. */
const NODE_FLAGS = ['--max-semi-space-size=32', '--max-old-space-size=1536'];

/** Starts nothing yet. Close it in the end. */
export function openAttributor(settings: AttributorSettings): Attributor {
  const side: Side = new SideProcess({
    module: join(import.meta.dirname, 'process-main'),
    settings,
    flags: NODE_FLAGS,
  });
  return {
    attribute: (push, site) => attribute(side, push, site),
    close: () => side.close(),
  };
}

type Side = SideProcess<AttributorSettings, AttributionTask, ToAttribution, FromAttribution, AttributionEnd>;

/** Whoever ended the process may not have meant this push. */
const MAX_ATTEMPTS = 2;

async function attribute(side: Side, push: PushToAttribute, site: AttributionSite): Promise<AttributedPush> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attributeOnce(side, push, site);
    } catch (error) {
      const hasCrashed = error instanceof SideProcessError && error.code === 'crashed';
      if (!hasCrashed || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function attributeOnce(
  side: Side,
  { commits, updates, ...about }: PushToAttribute,
  { repo, place, ensureObjects, mayLackObjects = false, signal }: AttributionSite,
): Promise<AttributedPush> {
  const collector = new AnswerCollector({ commits, updates, ...about });
  const { upstream, repo: path } = repo;
  const mayAsk = ensureObjects !== undefined;
  const task = { about, repo: { upstream, repo: path }, place, mayAsk, mayLackObjects };
  const onSaid = (said: FromAttribution, reply: (more: ToAttribution) => void): void => {
    if (said.kind === 'answer') collector.add(said.piece);
    else void ensure(said, ensureObjects).then(reply);
  };
  return collector.end(await side.run(task, { onSaid, rest: question(commits, updates), signal }));
}

function* question(
  commits: PushToAttribute['commits'],
  updates: PushToAttribute['updates'],
): Generator<ToAttribution, undefined> {
  for (const piece of questionPieces({ commits, updates })) yield { kind: 'question', piece };
  return undefined;
}

async function ensure(
  { request, oids }: Extract<FromAttribution, { kind: 'ensure' }>,
  ensureObjects: AttributionSite['ensureObjects'],
): Promise<ToAttribution> {
  try {
    const lacking = await ensureObjects?.(oids);
    return { kind: 'ensured', request, ...(lacking !== undefined && { lacking: [...lacking] }) };
  } catch {
    return { kind: 'ensured', request };
  }
}
