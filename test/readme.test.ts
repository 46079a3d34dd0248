// What the README shows is what there is: its files are read by the parsers, its commands are those of the program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAgentConfig, parseConfig } from '../src/adapters/config/load.ts';
import { parsePolicy } from '../src/domain/policy/parse-policy.ts';
import { PREDICATE_KEYS } from '../src/domain/policy/predicates/all.ts';
import { runProgram } from './cli/program.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const YAML = [...README.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

test('the policies shown are valid, the configuration too', () => {
  const policies = YAML.filter((text) => text.startsWith('version: 1'));
  const configs = YAML.filter((text) => text.startsWith('gateway:'));
  const agents = YAML.filter((text) => text.startsWith('agent:'));
  const identities = YAML.filter((text) => text.startsWith('identity:'));
  assert.deepEqual(
    [policies.length >= 2, configs.length, agents.length, policies.length + 2 + identities.length],
    [true, 1, 1, YAML.length],
  );
  for (const text of policies) {
    const parsed = parsePolicy(text);
    assert.deepEqual(parsed.ok ? [] : parsed.problems, []);
  }
  for (const text of identities) {
    const whole = (configs[0] ?? '').replace(/identity:\n {2}local.*\n/, () => text);
    assert.deepEqual(parseConfig(whole, '/etc/sallyport/sallyport.yaml').outcome, 'ok');
  }
  const parsed = parseConfig(configs[0] ?? '', '/etc/sallyport/sallyport.yaml');
  assert.deepEqual(parsed.outcome === 'ok' ? [] : parsed.problems, []);
  const agent = parseAgentConfig(agents[0] ?? '', '/etc/sallyport/sallyport-agent.yaml');
  assert.deepEqual(agent.outcome === 'ok' ? [] : agent.problems, []);
});

test('every limit is in the table of limits', () => {
  const parsed = parseConfig(
    'upstreams: [{ name: a, match: a, url: "http://h/a" }]\n',
    '/etc/sallyport/sallyport.yaml',
  );
  assert.equal(parsed.outcome, 'ok');
  const limits = parsed.outcome === 'ok' ? Object.keys(parsed.config.gateway.limits) : [];
  const table = /\| limit \| default \| bounds \|\n\|---\|---\|---\|\n([\s\S]*?)\n\n/.exec(README)?.[1] ?? '';
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  assert.deepEqual(named.toSorted(), limits.toSorted());
});

test('the conditions listed are those that a policy may use', () => {
  const usable = PREDICATE_KEYS.map(({ key }) => key).filter((key) => key !== 'ai');
  const sentence = /`when` and `unless` take ([\s\S]*?)\./.exec(README)?.[1] ?? '';
  const listed = [...sentence.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
  assert.deepEqual(listed.toSorted(), usable.toSorted());
});

test('the command table names every command there is, and no other', async () => {
  const table = /\| command \| does \|\n\|---\|---\|\n([\s\S]*?)\n\n/.exec(README)?.[1] ?? '';
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  const top = await commandsOf([]);
  const all = await Promise.all(
    top.map(async (name) => {
      const below = await commandsOf([name]);
      return below.length === 0 ? [name] : below.map((one) => `${name} ${one}`);
    }),
  );
  assert.deepEqual(named.toSorted(), all.flat().toSorted());
});

async function commandsOf(path: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runProgram([...path, '--help']);
  assert.equal(code, 0, stderr);
  const section = /^Commands:\n([\s\S]*)/m.exec(stdout)?.[1] ?? '';
  const names = [...section.matchAll(/^ {2}([\w-]+)/gm)].map((match) => match[1] ?? '');
  return names.filter((name) => name !== 'help');
}
