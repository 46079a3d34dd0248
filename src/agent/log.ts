// What the agent tells its operator. Same shape as adapters/log, which it is given.
export type AgentLog = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (fields: Readonly<Record<string, unknown>>, message: string) => void>
>;

const nothing = () => {};

export const SILENT_LOG: AgentLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
