// A process of its own for the attribution of large pushes: it reads objects and the store by itself, and asks the gateway
// for what only an upstream has.
import { attributePush } from '../../domain/attribution/push/attribute-push.ts';
import type { ObjectReader, SignatureVerifier } from '../../domain/ports.ts';
import type { Oid } from '../../protocol/oid.ts';
import { openPlaceReader } from '../git/place-reader.ts';
import { type Job, serveJobs } from '../process/serve-jobs.ts';
import { openSignatureVerifier } from '../signatures/signature-verifier.ts';
import { openStore, type Store } from '../store/store.ts';
import { answerEnd, answerPieces } from './answer-pieces.ts';
import type {
  AttributionEnd,
  AttributionTask,
  AttributorSettings,
  FromAttribution,
  ToAttribution,
} from './messages.ts';
import { QuestionCollector } from './question-pieces.ts';

type AttributionJob = Job<ToAttribution, FromAttribution>;
type EnsureObjects = (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
type Question = ReturnType<QuestionCollector['add']> & {};

serveJobs<AttributorSettings, AttributionTask, ToAttribution, FromAttribution, AttributionEnd>((settings) => {
  let sources: Promise<{ readonly store: Store; readonly signatures: SignatureVerifier }> | undefined;
  return async (task, job) => {
    const { question, ensureObjects } = conversation(job);
    sources ??= openSources(settings);
    sources.catch(() => {
      sources = undefined; // the next job may find them
    });
    const [{ store, signatures }, asked] = await Promise.all([sources, question]);
    const local = openPlaceReader(task.place, settings);
    try {
      const answer = await attributePush(
        { ...task.about, ...asked },
        {
          reader: task.mayLackObjects ? fetching(local, ensureObjects) : local,
          ...(task.mayAsk && { ensureObjects }),
          signatures,
          sessions: store.sessions,
          remembered: (wanted) => store.attributions.remembered(task.repo, wanted),
          notesAbout: (commits) => store.attributions.notesAbout(task.repo, commits),
          signal: job.signal,
        },
      );
      for (const piece of answerPieces(answer, asked.commits)) await job.say({ kind: 'answer', piece });
      return answerEnd(answer);
    } finally {
      local.close();
    }
  };
});

async function openSources({ store: place, sessionsKey, signers }: AttributorSettings) {
  const clock = { now: () => Date.now() };
  const store = await openStore({ ...place, clock, sessionsKey, readOnly: true });
  return { store, signatures: await openSignatureVerifier(store.directory, signers) };
}

/** What is heard of the gateway: the question, and answers to what it is asked. */
function conversation(job: AttributionJob): { question: Promise<Question>; ensureObjects: EnsureObjects } {
  const collector = new QuestionCollector();
  const whole = Promise.withResolvers<Question>();
  const requests = new Map<number, (lacking: readonly Oid[] | undefined) => void>();
  let last = 0;
  job.signal.addEventListener(
    'abort',
    () => {
      whole.reject(new Error('it was called off'));
      for (const answer of requests.values()) answer(undefined);
    },
    { once: true },
  );
  job.listen((more) => {
    if (more.kind === 'ensured') requests.get(more.request)?.(more.lacking);
    else {
      const question = collector.add(more.piece);
      if (question !== undefined) whole.resolve(question);
    }
  });
  const ensureObjects: EnsureObjects = async (oids) => {
    const request = ++last;
    const { promise, resolve } = Promise.withResolvers<readonly Oid[] | undefined>();
    requests.set(request, resolve);
    await job.say({ kind: 'ensure', request, oids });
    const lacking = await promise;
    requests.delete(request);
    if (lacking === undefined) throw new Error('the upstream could not be asked for earlier versions');
    return new Set(lacking);
  };
  return { question: whole.promise, ensureObjects };
}

/** What the repository has let go of is the upstream's by now. */
function fetching(local: ObjectReader, ensureObjects: EnsureObjects): ObjectReader {
  const makeReadable = async (oid: Oid) => {
    if ((await local.info(oid)) === undefined) await ensureObjects([oid]);
  };
  return {
    async info(oid) {
      await makeReadable(oid);
      return local.info(oid);
    },
    async read(oid, maxBytes) {
      await makeReadable(oid);
      return local.read(oid, maxBytes);
    },
  };
}
