// Many hooks at once in one repository, and one that died.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../support/run.ts';
import { inLab } from './hook-lab.ts';

const AGENTS = ['claude-code', 'openai-codex'] as const;

test('two agents at work at the same time lose nothing of one another', () =>
  inLab(async (lab) => {
    lab.begin(AGENTS);
    const payload = (agent: string, event: string, path: string) =>
      JSON.stringify({
        ...{ session_id: `session-${agent}`, cwd: lab.top, hook_event_name: event, tool_name: 'Edit' },
        tool_input: { file_path: join(lab.top, path) },
      });
    const all = (event: string) =>
      Promise.all(
        AGENTS.flatMap((agent) =>
          ['one', 'two', 'three'].map((name) => {
            const path = `${agent}-${name}.ts`;
            const input = payload(agent, event, path);
            return run('sh', ['-c', lab.command(agent, event)], lab.env, lab.top, input).then(({ code }) =>
              assert.equal(code, 0),
            );
          }),
        ),
      );
    await all('PreToolUse');
    for (const agent of AGENTS) {
      for (const name of ['one', 'two', 'three'])
        lab.write(`${agent}-${name}.ts`, `export const by = '${agent} ${name}';\n`);
    }
    await all('PostToolUse');
    lab.git('add', '-A');
    lab.commit();
    const paths = AGENTS.flatMap((agent) => ['one', 'two', 'three'].map((name) => `${agent}-${name}.ts`));
    assert.deepEqual(lab.lines(), Object.fromEntries(paths.sort().map((path) => [path, ['1']])));
    const edits = (await lab.queued()).flatMap(({ event }) => (event.kind === 'edit' ? [event.path] : []));
    assert.deepEqual(edits.sort(), paths);
  }));

test('the lock of a process that died, and damaged files, stop nobody', () =>
  inLab(async (lab) => {
    lab.begin();
    const place = join(lab.top, '.git/sallyport');
    mkdirSync(join(place, 'sessions'), { recursive: true });
    writeFileSync(join(place, 'lock'), '999999999');
    writeFileSync(join(place, 'status.json'), '{"dropped":');
    lab.edit('claude-code', 'src/app.ts', `${lab.read('src/app.ts')}const again = works();\n`);
    lab.git('add', '-A');
    lab.commit();
    assert.deepEqual(lab.lines(), { 'src/app.ts': ['3'] });
  }));
