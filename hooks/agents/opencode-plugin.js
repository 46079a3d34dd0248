// Written by `sallyport hook install`; `sallyport hook uninstall` takes it away.
// Tells the recorder what was asked and which files are edited. Whatever goes wrong here, opencode goes on.
import { spawn } from 'node:child_process';

const COMMAND = ['@COMMAND@'];
const PATIENCE = 5000;

export const SallyportRecorder = async ({ directory }) => {
  const tell = (event, payload) =>
    new Promise((resolve) => {
      const [program, ...args] = COMMAND;
      const child = spawn(program, [...args, event], { stdio: ['pipe', 'ignore', 'ignore'], timeout: PATIENCE });
      child.on('error', resolve);
      child.on('close', resolve);
      child.stdin.on('error', resolve);
      child.stdin.end(JSON.stringify({ cwd: directory, ...payload }));
    });

  return {
    'chat.message': async ({ sessionID, model }, { parts }) => {
      const prompt = (parts ?? [])
        .filter((part) => part.type === 'text' && !part.synthetic)
        .map((part) => part.text)
        .join('\n');
      await tell('chat.message', { sessionID, model, prompt });
    },
    'tool.execute.before': async ({ tool, sessionID, callID }, { args }) => {
      await tell('tool.execute.before', { tool, sessionID, callID, args });
    },
    'tool.execute.after': async ({ tool, sessionID, callID, args }) => {
      await tell('tool.execute.after', { tool, sessionID, callID, args });
    },
    event: async ({ event }) => {
      if (event.type === 'session.idle') await tell('session.idle', { sessionID: event.properties.sessionID });
    },
  };
};
