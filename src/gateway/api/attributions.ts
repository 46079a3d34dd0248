// Who wrote a push: the whole answer with its evidence, one file line by line, and the same for other tools.
import { z } from 'zod';
import type { BlamedFile } from '../../conversation/blame.ts';
import type { PushAttribution } from '../../domain/attribution/attribution.ts';
import { toAgentTrace } from '../../domain/attribution/export/agent-trace-export.ts';
import { toGitAiNote } from '../../domain/attribution/export/git-ai-export.ts';
import { toInTotoStatement } from '../../domain/attribution/export/in-toto-statement.ts';
import { serialiseGitAiNote } from '../../domain/attribution/notes/git-ai-note.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Push } from '../../domain/push/push.ts';
import { maskDiff } from '../../domain/secrets/mask-diff.ts';
import type { Masker } from '../../domain/secrets/mask-text.ts';
import { decodeBytes } from '../../protocol/bytes.ts';
import { attributionJson, attributionToJson, type BlameJson, blameJson } from './attribution-json.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { idParam } from './push-id.ts';
import { formatTime } from './push-json.ts';
import { type Route, route } from './route.ts';

const revisionJson = z.object({
  id: z.int(),
  revision: z.int().describe('0 for what the verdict saw'),
  cause: z.enum(['push', 'objects', 'notes', 'session']),
  at: z.string(),
  attribution: attributionJson,
});

const EXPORTS = ['git-ai', 'agent-trace', 'in-toto'] as const;

const exportJson = z.object({
  commits: z.array(z.object({ oid: z.string(), document: z.unknown() })),
});

export function attributionRoutes(deps: ApiDeps): readonly Route[] {
  const seen = async (id: number, principal: Principal): Promise<Push> => {
    const push = await deps.pushes.find(id);
    if (!push || !deps.review.canSee(principal, push)) throw notFound();
    return push;
  };

  const known = async (push: Push): Promise<Known> => {
    const latest = await deps.attributions.latest(push.id);
    if (latest !== undefined) return latest;
    const inputs = await deps.recordings.loadInputs(push.id);
    if (inputs?.attribution === undefined) throw new Problem(404, 'nobody has looked at who wrote this push');
    return { revision: 0, cause: 'push', at: inputs.at, attribution: inputs.attribution };
  };

  const show = route({
    method: 'GET',
    path: '/api/v1/pushes/:id/attribution',
    summary: 'Who or what wrote the added lines, with all evidence',
    params: idParam,
    answer: { status: 200, schema: revisionJson },
    async run({ principal, params }) {
      const push = await seen(params.id, principal);
      const { revision, cause, at, attribution } = await known(push);
      const shown = deps.mask.value(attributionToJson(attribution));
      return { status: 200, body: { id: push.id, revision, cause, at: formatTime(at), attribution: shown } };
    },
  });

  const other = route({
    method: 'GET',
    path: '/api/v1/pushes/:id/attribution/:format',
    summary: 'The same as notes, records or statements of other tools, commit by commit',
    params: idParam.extend({ format: z.enum(EXPORTS) }),
    answer: { status: 200, schema: exportJson },
    async run({ principal, params }) {
      const push = await seen(params.id, principal);
      const found = await known(push);
      const document = exporter(params.format, found, deps.version);
      const commits = found.attribution.commits.map((commit) => ({ oid: commit.oid, document: document(commit) }));
      return { status: 200, body: deps.mask.value({ commits }) };
    },
  });

  const blame = route({
    method: 'GET',
    path: '/api/v1/pushes/:id/blame',
    summary: 'A file as the push leaves it, with who wrote each line',
    params: idParam,
    query: z.strictObject({ path: z.string().min(1).max(4096), ref: z.string().max(4096).optional() }),
    answer: { status: 200, schema: blameJson },
    async run({ principal, params, query }) {
      const push = await seen(params.id, principal);
      if (deps.blame === undefined) throw new Problem(503, 'this needs the running gateway; hint: sallyport serve');
      const answer = await deps.blame.blame(push, query.path, query.ref);
      if (answer.outcome === 'unknown') throw new Problem(404, answer.text);
      return { status: 200, body: blameToJson(push.id, answer.file, deps.mask) };
    },
  });

  return [show, other, blame];
}

interface Known {
  readonly revision: number;
  readonly cause: 'push' | 'objects' | 'notes' | 'session';
  readonly at: number;
  readonly attribution: PushAttribution;
}

type Commit = PushAttribution['commits'][number];

function exporter(format: (typeof EXPORTS)[number], { attribution, at }: Known, version: string) {
  const { evidence, ruleSet } = attribution;
  const gateway = { name: 'sallyport', version };
  return (commit: Commit): unknown => {
    if (format === 'git-ai') {
      return serialiseGitAiNote(toGitAiNote(commit, evidence, { writer: `sallyport/${version}` })).toString();
    }
    if (format === 'agent-trace') return toAgentTrace(commit, evidence, { at });
    return toInTotoStatement(commit, evidence, { ruleSet, gateway, at });
  };
}

function blameToJson(id: number, file: BlamedFile, mask: Masker): BlameJson {
  const { refName, path, blob, attribution } = file;
  const text = maskedLines(file, mask);
  return {
    id,
    refName,
    path,
    blob,
    lines: file.lines.map(({ commit, range }, at) => {
      const claims = (range?.evidence ?? []).flatMap((position) => attribution.evidence[position]?.claim ?? []);
      const all = <T>(values: readonly (T | undefined)[]) => [
        ...new Set(values.filter((value) => value !== undefined)),
      ];
      return {
        line: at + 1,
        text: text[at] ?? '',
        commit: commit ?? null,
        state: range?.state ?? null,
        tier: range?.tier ?? null,
        codingAgents: all(claims.map(({ codingAgent }) => codingAgent)),
        sessions: all(claims.map(({ session }) => session)),
      };
    }),
  };
}

/** As a diff is masked: a secret may go over several lines, and every line keeps its place. */
function maskedLines({ path, content }: BlamedFile, mask: Masker): readonly string[] {
  const lines = decodeBytes(content).split('\n');
  const diff = [`+++ b/${path.replaceAll('\n', ' ')}`, '@@ ', ...lines.map((line) => `+${line}`)];
  return maskDiff(diff.join('\n'), mask)
    .split('\n')
    .slice(2)
    .map((line) => line.slice(1));
}
