// Every agent's hooks as installed, with the payloads that the agent documents.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOOK_AGENTS, loadAgent } from '../../../src/cli/hook/agents.ts';
import { parseGitAiNote } from '../../../src/domain/attribution/notes/git-ai-note.ts';
import { inLab } from './hook-lab.ts';

const MODELS: Readonly<Record<string, string>> = {
  'claude-code': 'claude-opus-4-6',
  cursor: 'claude-4.5-sonnet',
  'openai-codex': 'gpt-5.4-codex',
  'gemini-cli': 'gemini-3-pro',
  opencode: 'claude-sonnet-4-5',
};

const TOOLS: Readonly<Record<string, string>> = {
  ...{ 'claude-code': 'claude', 'github-copilot-cli': 'github-copilot', vscode: 'github-copilot', cursor: 'cursor' },
  ...{ 'openai-codex': 'codex', 'gemini-cli': 'gemini', opencode: 'opencode' },
};

describe('a session of', () => {
  for (const agent of HOOK_AGENTS) {
    test(`${agent}: an edit and a shell command, a person's lines between, and the note of the commit`, async () => {
      await inLab(async (lab) => {
        lab.begin([agent]);
        const answer = loadAgent(agent)?.answer;
        const call = (fixture: string) => {
          const { code, stdout, stderr } = lab.hook(agent, fixture);
          assert.deepEqual([code, stdout.trim(), stderr], [0, answer ?? '', ''], fixture);
        };
        if (agent !== 'opencode') call('session-start');
        call('prompt');
        if (agent === 'gemini-cli') call('model');
        lab.write('src/app.ts', "const one = 1;\nconst two = 2;\nconst aPersonWrote = 'this';\n");
        call('before-edit');
        lab.write(
          'src/app.ts',
          "const one = 1;\nconst total = sum(items);\nconst two = 2;\nconst aPersonWrote = 'this';\n",
        );
        call('after-edit');
        call('before-shell');
        lab.write('src/table.ts', 'export const table = [1, 2, 3];\nexport const rows = table.length;\n');
        call('after-shell');
        call('turn-end');
        lab.write('src/other.ts', 'export const nobodyKnows = true;\n');
        lab.git('add', '-A');
        const commit = lab.commit();

        assert.deepEqual(lab.lines(), { 'src/app.ts': ['2'], 'src/table.ts': ['1-2'] });
        const parsed = parseGitAiNote(Buffer.from(`${lab.git('notes', '--ref=ai', 'show', 'HEAD')}\n`));
        assert.ok(parsed.outcome === 'parsed');
        assert.equal(parsed.note.baseCommit, commit);
        const [session] = [...parsed.note.sessions.values()];
        assert.deepEqual(
          [session?.tool, session?.model, session?.humanAuthor],
          [TOOLS[agent], MODELS[agent] ?? 'unknown', 'Dev <dev@example.com>'],
        );

        const events = await lab.queued();
        const kinds = events.map(({ event }) => event.kind);
        assert.deepEqual(kinds, ['session-start', 'prompt', 'edit', 'edit', 'commit']);
        const prompt = events[1]?.event;
        assert.ok(prompt?.kind === 'prompt' && prompt.prompt === 'add the total');
        const edits = events.flatMap(({ event }) => (event.kind === 'edit' ? [event] : []));
        assert.deepEqual(
          edits.map(({ path, added, promptId }) => [path, added, promptId === prompt.id]),
          [
            ['src/app.ts', [{ start: 2, lines: ['const total = sum(items);'] }], true],
            [
              'src/table.ts',
              [{ start: 1, lines: ['export const table = [1, 2, 3];', 'export const rows = table.length;'] }],
              true,
            ],
          ],
        );
        const made = events[4]?.event;
        assert.ok(made?.kind === 'commit');
        assert.deepEqual(
          [made.commit, made.files.map(({ path, blob, ranges }) => [path, blob, ranges])],
          [
            commit,
            [
              ['src/app.ts', lab.git('rev-parse', 'HEAD:src/app.ts'), [[2, 2]]],
              ['src/table.ts', lab.git('rev-parse', 'HEAD:src/table.ts'), [[1, 2]]],
            ],
          ],
        );
        assert.equal(events[0]?.facts.codingAgent, loadAgent(agent)?.codingAgent);
      });
    });
  }
});
