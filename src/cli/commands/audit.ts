import { z } from 'zod';
import { entryJson, verifyJson } from '../../gateway/api/trail-json.ts';
import { ask, type ClientOptions, query, withClient } from '../client.ts';
import { CommandError, print, printJson, printTable, shortTime } from '../terminal.ts';

interface SearchOptions extends ClientOptions {
  readonly json?: boolean;
  readonly type?: string;
  readonly push?: number;
  readonly repo?: string;
  readonly actor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly from?: number;
  readonly limit?: number;
}

export async function searchTrail(options: SearchOptions): Promise<void> {
  const { json, type, push, repo, actor, since, until, from, limit } = options;
  await withClient({ ...options, readOnly: true }, async (client) => {
    const { value, raw } = await ask(
      client,
      z.array(entryJson),
      'GET',
      `/api/v1/audit${query({ type, push, repo, actor, since, until, from, limit })}`,
    );
    if (json) return printJson(raw);
    printTable(
      ['INDEX', 'TIME', 'TYPE', 'ACTOR', 'REPO', 'PUSH', 'DETAILS'],
      value.map((entry) => [
        String(entry.index),
        shortTime(entry.at),
        entry.type,
        entry.actor ?? '-',
        entry.repo ?? '-',
        entry.pushId === undefined ? '-' : String(entry.pushId),
        JSON.stringify(entry.body),
      ]),
    );
  });
}

export async function verifyTrail(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient({ ...options, readOnly: true }, async (client) => {
    const { value, raw } = await ask(client, verifyJson, 'GET', '/api/v1/audit/verify');
    if (options.json) printJson(raw);
    if (value.fault) {
      throw new CommandError(
        `the trail is not sound: entry ${value.fault.index}: ${value.fault.text}`,
        'keep a copy of the data directory as it is; nothing after this entry can be trusted',
      );
    }
    if (!options.json) print(`sound: ${value.entries} entries, head ${value.head}`);
  });
}
