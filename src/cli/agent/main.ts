// The short way in for `sallyport agent [run] [--config FILE]`: without the command line's other commands it is there in
// a fraction of the time. Anything else goes the long way.
import { visibleText } from '../../protocol/bytes.ts';
import { AgentStartError, DEFAULT_AGENT_CONFIG, runAgentProcess } from './run.ts';

/** Runs the agent on this file; answers the exit code. */
export async function main(file: string = DEFAULT_AGENT_CONFIG): Promise<number> {
  try {
    await runAgentProcess(file);
    return 0;
  } catch (error) {
    const message = error instanceof AgentStartError ? error.message : `unexpected error: ${String(error)}`;
    for (const one of message
      .split('; hint: ')
      .flatMap((part, at) => (at === 0 ? part.split('\n') : `hint: ${part}`))) {
      process.stderr.write(`${visibleText(one.startsWith('hint: ') ? one : `sallyport: ${one}`)}\n`);
    }
    return 1;
  }
}
