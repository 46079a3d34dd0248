// Names that other programs and people have for coding agents: whatever is made of them is an agent that we know.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CODING_AGENTS } from '../../../src/domain/attribution/agents/all.ts';
import { enrolledAgent, SHORT_NAMES } from '../../../src/domain/attribution/agents/enrolled.ts';
import { agentOfTool, TOOL_NAMES, toolOfAgent } from '../../../src/domain/attribution/notes/tool-names.ts';

const HOOKS = join(import.meta.dirname, '../../../hooks/agents');

describe('names of coding agents', () => {
  for (const [id, names] of TOOL_NAMES) {
    test(`what notes call ${names.join(', ')} is an agent of ours, by each of its names alone`, () => {
      assert.ok(Object.hasOwn(CODING_AGENTS, id));
      for (const name of names) assert.deepEqual(agentOfTool(name.toUpperCase()), { codingAgent: id });
      assert.equal(toolOfAgent({ codingAgent: id }), names[0]);
    });
  }

  for (const [short, id] of Object.entries(SHORT_NAMES)) {
    test(`${short} is short for an agent of ours`, () => {
      assert.ok(Object.hasOwn(CODING_AGENTS, id));
      assert.equal(enrolledAgent(`${short}-ci`), id);
    });
  }

  test('what hooks record under is an agent of ours', () => {
    const files = readdirSync(HOOKS).filter((name) => name.endsWith('.json'));
    assert.ok(files.length >= 7);
    for (const name of files) {
      const { codingAgent } = JSON.parse(readFileSync(join(HOOKS, name), 'utf8')) as { codingAgent?: string };
      assert.ok(codingAgent !== undefined && Object.hasOwn(CODING_AGENTS, codingAgent), `${name}: ${codingAgent}`);
    }
  });
});
