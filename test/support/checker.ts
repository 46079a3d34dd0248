// The independent checker of the crash tests. It believes nobody: it reads what the clients saw, what reached the
// upstream, the upstream's reflogs, the database (with SQL of its own) and the data directory, and says what does not
// fit together. It shares with the gateway only the trail's own verification, and checks that chain itself as well.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../../src/adapters/store/store.ts';
import type { LoggedRequest } from './upstream/http-server.ts';
import type { Run, World } from './world.ts';

interface Update {
  readonly refName: string;
  readonly oldOid: string;
  readonly newOid: string;
}

interface PushRow {
  readonly id: number;
  readonly repo: string;
  readonly state: string;
  readonly updates: readonly Update[];
  readonly outcomes: readonly { readonly refName: string; readonly ok: boolean }[];
  readonly request: { readonly sha256: string; readonly bytes: number } | undefined;
  readonly note: string | undefined;
  readonly reasons: number;
}

interface Line {
  readonly type: string;
  readonly pushId: number | undefined;
  readonly body: { readonly updates?: readonly Update[]; readonly reasons?: readonly { readonly rule?: string }[] };
}

const INTENTS = ['push.forwarded', 'push.released'];
const OUTCOMES = ['push.landed', 'push.declined', 'push.stale'];
const UNSETTLED = ['receiving', 'relaying', 'unknown'];
/** What a push in this state says last about itself in the trail. */
const LAST_WORD: Readonly<Record<string, string>> = {
  refused: 'push.refused',
  held: 'push.held',
  rejected: 'push.rejected',
  withdrawn: 'push.withdrawn',
  expired: 'push.expired',
  superseded: 'push.superseded',
  landed: 'push.landed',
  declined: 'push.declined',
  stale: 'push.stale',
};

export class Checker {
  #world: World | undefined;
  readonly #repos = new Map<string, string>();
  readonly #baseline = new Map<string, readonly string[]>();
  readonly #clients: Run[] = [];
  readonly #faults: string[] = [];
  readonly #heads = new Map<LoggedRequest, string>();

  /** To be given to openWorld(): every byte that reaches the upstream is looked at before the upstream sees it. */
  readonly onUpstreamBytes = (request: LoggedRequest, chunk: Buffer): void => {
    const isPush =
      request.method === 'POST' ? request.path.endsWith('/git-receive-pack') : /receive-pack/.test(request.path);
    const before = this.#heads.get(request);
    if (!isPush || (before !== undefined && before.length >= 4)) return;
    const head = (before ?? '') + chunk.toString('latin1', 0, 4096);
    this.#heads.set(request, head);
    // A flush alone ends a conversation in which nothing was asked.
    if (head.startsWith('0000') || head.length < 4) return;
    const wanted = this.#openIntents();
    const command = head.slice(4);
    const covered = wanted.some((update) => {
      const text = `${update.oldOid} ${update.newOid} ${update.refName}`;
      const length = Math.min(text.length, command.length);
      return text.slice(0, length) === command.slice(0, length);
    });
    if (!covered)
      this.#faults.push(`bytes of a push reached the upstream without a recorded intent: ${head.slice(0, 120)}`);
  };

  /** Begins to watch these repositories; what is upstream by now is taken as given. */
  async begin(world: World, repos: readonly { readonly repo: string; readonly directory: string }[]): Promise<void> {
    this.#world = world;
    for (const { repo, directory } of repos) this.#repos.set(repo, directory);
    await this.takeAsGiven();
  }

  /** These refs (default: all) were moved by the test itself so far. */
  async takeAsGiven(refNames?: readonly string[]): Promise<void> {
    for (const [repo, directory] of this.#repos) {
      for (const [refName, moves] of await reflogs(directory)) {
        if (refNames?.includes(refName) !== false) this.#baseline.set(`${repo} ${refName}`, moves);
      }
    }
  }

  /** What a client saw of `git push --porcelain <url> <oid>:<ref>…`. */
  sawClient(run: Run): void {
    this.#clients.push(run);
  }

  /** Everything that does not fit, in words; empty = sound. Only for a world at rest. */
  async faults(): Promise<readonly string[]> {
    const world = this.#world;
    if (world === undefined) throw new TypeError('begin() first');
    const faults = [...this.#faults];
    const { pushes, lines } = this.#readDatabase(faults);
    const moves = await this.#moves();
    faults.push(...upstreamFaults(pushes, moves), ...trailFaults(pushes, lines), ...this.#clientFaults(moves));
    faults.push(...(await leftovers(world.dataDir, pushes)));
    const clock = { now: () => Date.now() };
    const store = await openStore({
      file: join(world.dataDir, 'sallyport.db'),
      auditDir: join(world.dataDir, 'audit'),
      clock,
      readOnly: true,
    });
    try {
      const verified = await store.trail.verify();
      if (verified.fault !== undefined) faults.push(`the trail does not verify: ${verified.fault.text}`);
      if (verified.entries < lines.length) faults.push('the trail verifies as shorter than it was read');
    } finally {
      await store.close();
    }
    return faults;
  }

  #database(): DatabaseSync {
    return new DatabaseSync(join(this.#world?.dataDir ?? '', 'sallyport.db'), { readOnly: true, timeout: 5000 });
  }

  /** Updates of pushes whose intent is recorded and whose outcome is not, as of this moment. */
  #openIntents(): readonly Update[] {
    const database = this.#database();
    try {
      const { pushes } = readPushes(database);
      const lines = readLines(database);
      return pushes
        .filter(({ id }) => {
          const own = lines.filter((line) => line.pushId === id);
          return own.some(({ type }) => INTENTS.includes(type)) && !own.some(({ type }) => OUTCOMES.includes(type));
        })
        .flatMap(({ updates }) => updates);
    } finally {
      database.close();
    }
  }

  #readDatabase(faults: string[]): { pushes: readonly PushRow[]; lines: readonly Line[] } {
    const database = this.#database();
    try {
      database.exec('BEGIN');
      const rows = database.prepare('SELECT idx, line, hash FROM trail ORDER BY idx').all();
      let previous = '0'.repeat(64);
      for (const [at, row] of rows.entries()) {
        const line = String(row['line']);
        const hash = createHash('sha256').update(line).digest('hex');
        if (row['idx'] !== at) faults.push(`entry ${at} of the trail is missing`);
        if (row['hash'] !== hash) faults.push(`entry ${at} of the trail has another hash than its line`);
        if (!line.includes(`"previous":"${previous}"`))
          faults.push(`entry ${at} of the trail does not follow ${at - 1}`);
        previous = hash;
      }
      return { ...readPushes(database), lines: readLines(database) };
    } finally {
      database.close();
    }
  }

  /** `repo ref` -> the moves the upstream's reflog has of it since begin(). */
  async #moves(): Promise<ReadonlyMap<string, readonly string[]>> {
    const moves = new Map<string, readonly string[]>();
    for (const [repo, directory] of this.#repos) {
      for (const [refName, all] of await reflogs(directory)) {
        const key = `${repo} ${refName}`;
        moves.set(key, all.slice(this.#baseline.get(key)?.length ?? 0));
      }
    }
    return moves;
  }

  /** `ok` in a client's terminal for a ref that did not go there. */
  #clientFaults(moves: ReadonlyMap<string, readonly string[]>): string[] {
    const faults: string[] = [];
    for (const { code, stdout } of this.#clients) {
      const lines = [...stdout.matchAll(/^([ +*=!-])\t([0-9a-f]{40,64}):(\S+)\t(.*)$/gm)];
      if (code === 0 && lines.length === 0) faults.push(`a client ended with 0 and said nothing: ${stdout}`);
      for (const [, flag, newOid, refName, summary] of lines) {
        if (flag === '!') {
          if (code === 0) faults.push(`a client ended with 0 although ${refName} was rejected`);
          continue;
        }
        const arrived = [...moves].some(
          ([key, all]) => key.endsWith(` ${refName}`) && all.some((move) => move.endsWith(` ${newOid}`)),
        );
        if (!arrived)
          faults.push(`a client was told "${flag} ${summary}" of ${refName}, which never moved to ${newOid}`);
      }
    }
    return faults;
  }
}

/** Nothing twice, nothing lost, nothing that no push accounts for. */
function upstreamFaults(pushes: readonly PushRow[], moves: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = [];
  const claimed = new Map<string, number>();
  for (const push of pushes) {
    if (UNSETTLED.includes(push.state)) faults.push(`push ${push.id} is still ${push.state}`);
    if (push.state !== 'landed') continue;
    for (const update of push.updates) {
      if (push.outcomes.find(({ refName }) => refName === update.refName)?.ok !== true) continue;
      const key = `${push.repo} ${update.refName} ${update.oldOid} ${update.newOid}`;
      claimed.set(key, (claimed.get(key) ?? 0) + 1);
    }
  }
  const seen = new Map<string, number>();
  for (const [where, all] of moves) {
    for (const move of all) seen.set(`${where} ${move}`, (seen.get(`${where} ${move}`) ?? 0) + 1);
  }
  for (const key of new Set([...claimed.keys(), ...seen.keys()])) {
    const [said, happened] = [claimed.get(key) ?? 0, seen.get(key) ?? 0];
    if (said !== happened) faults.push(`${key}: landed ${said} times by our records, ${happened} times upstream`);
  }
  return faults;
}

function trailFaults(pushes: readonly PushRow[], lines: readonly Line[]): string[] {
  const faults: string[] = [];
  for (const push of pushes) {
    const types = lines.filter(({ pushId }) => pushId === push.id).map(({ type }) => type);
    const count = (wanted: readonly string[]) => types.filter((type) => wanted.includes(type)).length;
    const [intents, outcomes] = [count(INTENTS), count(OUTCOMES)];
    if (types[0] !== 'push.received') faults.push(`push ${push.id} was not recorded as received`);
    // A hold may go stale (its ref moved) without ever having been released.
    if (intents > 0 && outcomes === 0) faults.push(`push ${push.id} has an intent and no outcome`);
    if (intents > 1 || outcomes > 1) faults.push(`push ${push.id} has ${intents} intents and ${outcomes} outcomes`);
    if (outcomes > 0 && intents === 0 && push.state !== 'stale')
      faults.push(`push ${push.id} has an outcome and no intent`);
    const last = types.findLast((type) => Object.values(LAST_WORD).includes(type));
    if (LAST_WORD[push.state] !== undefined && last !== LAST_WORD[push.state]) {
      faults.push(`push ${push.id} is ${push.state}, and the trail ends with ${last}`);
    }
    if (['declined', 'stale'].includes(push.state) && (push.note ?? '') === '') {
      faults.push(`push ${push.id} is ${push.state} without a word why`);
    }
    if (push.state === 'refused' && push.reasons === 0) faults.push(`push ${push.id} is refused for no reason`);
  }
  return faults;
}

/** What a crash may not leave behind, and what it may not take with it. */
async function leftovers(dataDir: string, pushes: readonly PushRow[]): Promise<string[]> {
  const faults: string[] = [];
  const byName = new Map(pushes.map((push) => [`${push.id}`, push]));
  for (const name of await list(join(dataDir, 'quarantine'))) {
    const state = byName.get(name)?.state ?? 'not a push';
    if (state !== 'held' && !UNSETTLED.includes(state)) faults.push(`quarantine/${name} is left behind (${state})`);
  }
  for (const name of await list(join(dataDir, 'recordings'))) {
    const push = byName.get(name);
    if (push === undefined) faults.push(`recordings/${name} belongs to no push`);
    else if (push.request === undefined && !UNSETTLED.includes(push.state)) {
      faults.push(`recordings/${name} is half a request of a push that is ${push.state}`);
    }
    for (const file of await list(join(dataDir, 'recordings', name))) {
      if (!['request', 'inputs.json.gz'].includes(file)) faults.push(`recordings/${name}/${file} is left behind`);
    }
  }
  for (const push of pushes) {
    if (push.request === undefined) continue;
    const recorded = await readFile(join(dataDir, 'recordings', `${push.id}`, 'request')).catch(() => undefined);
    const digest = recorded === undefined ? 'gone' : createHash('sha256').update(recorded).digest('hex');
    if (digest !== push.request.sha256)
      faults.push(`the recording of push ${push.id} is not what was recorded: ${digest}`);
  }
  for (const mirror of await list(join(dataDir, 'mirrors'))) {
    const pack = join(dataDir, 'mirrors', mirror, 'objects/pack');
    for (const file of await list(pack)) {
      if (!/^(pack|multi)-/.test(file)) faults.push(`mirrors/${mirror}: ${file} is left behind`);
      else if (file.endsWith('.idx') && !(await exists(join(pack, file.replace(/idx$/, 'pack'))))) {
        faults.push(`mirrors/${mirror}: ${file} has no pack`);
      }
    }
  }
  for (const name of await list(dataDir)) if (/\.(new|tmp)$/.test(name)) faults.push(`${name} is left behind`);
  return faults;
}

function readPushes(database: DatabaseSync): { pushes: PushRow[] } {
  const rows = database.prepare('SELECT * FROM pushes ORDER BY id').all();
  const json = (value: unknown) => (value === null ? undefined : JSON.parse(String(value)));
  const pushes = rows.map((row) => ({
    id: Number(row['id']),
    repo: String(row['repo']),
    state: String(row['state']),
    updates: json(row['updates']),
    outcomes: json(row['outcomes']) ?? [],
    request: json(row['request']),
    note: json(row['note']),
    reasons: json(row['verdict'])?.reasons.length ?? 0,
  }));
  return { pushes };
}

function readLines(database: DatabaseSync): Line[] {
  const rows = database.prepare('SELECT line FROM trail ORDER BY idx').all();
  return rows.map((row) => JSON.parse(String(row['line'])));
}

/** Every ref with a reflog: `old new` of each of its moves, oldest first. */
async function reflogs(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const root = join(directory, 'logs');
  const found = new Map<string, readonly string[]>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    // HEAD's own log repeats what its branch has.
    if (!entry.isFile() || entry.name === 'HEAD') continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'latin1');
    const moves = text.split('\n').filter((line) => line !== '');
    found.set(
      file.slice(root.length + 1),
      moves.map((line) => line.split(' ', 2).join(' ')),
    );
  }
  return found;
}

const list = (directory: string) => readdir(directory).catch(() => [] as string[]);
const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
