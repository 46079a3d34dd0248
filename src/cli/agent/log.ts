// The agent's log: one JSON line per event on stderr, of the same form as the gateway's. What quotes an upstream has been
// cleaned of credentials where it was quoted; no text from outside can forge a line or move a cursor.
import type { AgentLog } from '../../agent/log.ts';
import { visibleText } from '../../protocol/bytes.ts';

const MAX_TEXT = 4096;

export const stderrLog: AgentLog = {
  debug: () => {},
  info: line('info'),
  warn: line('warn'),
  error: line('error'),
};

function line(level: string) {
  return (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const clean = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]));
    process.stderr.write(
      `${JSON.stringify({ level, time: new Date().toISOString(), ...clean, msg: text(message) })}\n`,
    );
  };
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return value instanceof Error ? text(value.message) : text(String(value));
}

function text(value: string): string {
  return visibleText(value.slice(0, MAX_TEXT));
}
