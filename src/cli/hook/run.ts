// Tells apart what the small entry was started for; each is loaded when it is needed.
import { readFileSync } from 'node:fs';
import { loadAgent } from './agents.ts';

const MAX_PAYLOAD = 32 * 1024 * 1024;

export async function run([first = '', second, ...rest]: readonly string[]): Promise<void> {
  switch (first) {
    case 'git':
      return (await import('./git/git-hooks.ts')).runGitHook(second ?? '', rest);
    case 'behind':
      return (await import('./send/behind.ts')).runBehind(second ?? '');
    default:
      return recordPayload(first, second);
  }
}

/** The answer goes out first: an agent that waits for JSON gets it even if we fail. */
async function recordPayload(agent: string, event: string | undefined): Promise<void> {
  const answer = loadAgent(agent)?.answer;
  if (answer !== undefined) process.stdout.write(`${answer}\n`);
  const payload = readFileSync(0);
  if (payload.length > MAX_PAYLOAD) return;
  const { record } = await import('./record.ts');
  await record(agent, event, payload.toString('utf8'));
}
