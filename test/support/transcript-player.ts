// Plays a transcript: real git as named people through one door, acts over the real API, and questions to the upstream
// and the trail. What differs from run to run (ports, paths, ids of pushes and repositories) gets a name on the way out.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../../src/domain/units.ts';
import { runLightly as run } from './run-lightly.ts';
import { secretsIn, withSecrets } from './sample-secret.ts';
import { type Step, splitWords, type Transcript } from './transcript.ts';
import { type Door, must, type NewRepo, type Run, type World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly door: Door;
  /** Moves the gateway's clock; only a world of its own has one. */
  readonly advance?: (ms: number) => void;
}

/** Commands that touch what all repositories of a world share. */
const SHARED = /^\$ (?:gate: clock|upstream: (?:down|up|cut)|stranger:)/;

/** Whether it needs a gateway and an upstream that nobody else uses meanwhile. */
export function needsOwnWorld(transcript: Transcript): boolean {
  if (['policy', 'gateway', 'upstream config'].some((section) => transcript.sections.has(section))) return true;
  return transcript.steps.some(({ actor, command }) => SHARED.test(`$ ${actor}: ${command}`));
}

/** Plays every step; answers what each printed. */
export async function playTranscript(transcript: Transcript, stage: Stage): Promise<readonly (readonly string[])[]> {
  const player = await Player.begin(transcript, stage);
  const printed: (readonly string[])[] = [];
  try {
    for (const step of transcript.steps) {
      try {
        printed.push(await inTime(player.play(step), STEP_MS));
      } catch (error) {
        const where = `${transcript.name}:${step.line} through the ${stage.door} door`;
        throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
      }
    }
  } finally {
    await player.end();
  }
  return printed;
}

/** Nothing here takes that long; whoever waits for longer waits for what never comes. */
const PATIENCE_MS = 20_000;
/** For one whole step: a client that hangs is to be named, not waited for. */
const STEP_MS = 40_000;
const FIRST_DATE = 1_700_100_000;
/** Somebody with a key and a token that the gate does not know. */
const STRANGER = 'stranger';

interface PushSeen {
  readonly id: number;
  readonly state: string;
  readonly [key: string]: unknown;
}

interface ExceptionSeen {
  readonly id: number;
  readonly state: string;
  readonly rule: string;
  readonly masked: string;
  readonly grantedBy: readonly string[];
  readonly requestedBy: string;
  readonly reason: string;
}

class Player {
  readonly #transcript: Transcript;
  readonly #world: World;
  readonly #stage: Stage;
  readonly #repo: NewRepo;
  readonly #clones = new Map<string, Promise<string>>();
  readonly #background = new Map<string, Promise<Run>>();
  /** Object ids and what the transcript calls them. */
  readonly #names = new Map<string, string>();
  /** What no output may show. */
  readonly #secrets: string[] = [];
  #ticks = 0;

  private constructor(transcript: Transcript, stage: Stage, repo: NewRepo) {
    this.#transcript = transcript;
    this.#stage = stage;
    this.#world = stage.world;
    this.#repo = repo;
  }

  static async begin(transcript: Transcript, stage: Stage): Promise<Player> {
    const words = splitWords(transcript.sections.get('repository') ?? '');
    const repo = await stage.world.newRepo({
      objectFormat: words.includes('sha256') ? 'sha256' : 'sha1',
      empty: words.includes('empty'),
    });
    const player = new Player(transcript, stage, repo);
    for (const [section, text] of transcript.sections) {
      const [, hook] = /^upstream hook (.+)$/.exec(section) ?? [];
      if (hook !== undefined) await writeHook(repo.directory, hook, text);
    }
    const base = (await stage.world.upstreamRefs(repo))['refs/heads/main'];
    if (base !== undefined) player.#names.set(base, 'BASE');
    return player;
  }

  async play({ actor, command }: Step): Promise<readonly string[]> {
    const words = splitWords(command).map((word) => withSecrets(this.#resolve(actor, word)));
    this.#secrets.push(...secretsIn(command));
    const output =
      actor === 'upstream'
        ? await this.#askUpstream(words)
        : actor === 'trail'
          ? await this.#askTrail(words)
          : actor === 'gate'
            ? await this.#tellGate(words)
            : await this.#act(actor, words);
    if (this.#secrets.some((secret) => output.includes(secret))) throw new Error('a secret is printed as it is');
    return this.#normalise(output);
  }

  /** What still runs belongs to a transcript that failed; its answer is of no interest any more. */
  async end(): Promise<void> {
    await inTime(Promise.allSettled(this.#background.values()), STEP_MS).catch(() => {});
  }

  // ------------------------------------------------------------------------------------------------------------
  // People

  async #act(who: string, words: readonly string[]): Promise<string> {
    const [verb = '', ...rest] = words;
    switch (verb) {
      case 'git':
        return this.#git(who, rest);
      case 'clone':
        return this.#cloneThroughGate(who, rest);
      case 'commit':
        return this.#commit(who, rest);
      case 'write':
        return this.#write(who, rest);
      case 'name':
        return this.#name(who, rest);
      case 'until':
        return this.#untilFile(who, rest);
      case 'fg':
        return this.#foreground(who);
      case 'approve':
      case 'reject':
      case 'withdraw':
        return this.#review(who, verb, rest);
      case 'show':
        return this.#show(who, rest);
      case 'exceptions':
        return this.#exceptions(who);
      case 'revoke':
        return this.#revoke(who, rest);
      default:
        throw new Error(`${who} does not know how to ${verb}`);
    }
  }

  /** `git …`, or in the background when it ends with `&`; `fg` then shows what it printed. */
  async #git(who: string, args: readonly string[]): Promise<string> {
    const cwd = await this.#cloneOf(who);
    const running = run('git', args.at(-1) === '&' ? args.slice(0, -1) : args, this.#environment(who), cwd);
    if (args.at(-1) !== '&') return printedBy(await running);
    this.#background.set(who, running);
    return '';
  }

  async #foreground(who: string): Promise<string> {
    const running = this.#background.get(who);
    if (running === undefined) throw new Error(`${who} has nothing in the background`);
    this.#background.delete(who);
    return printedBy(await running);
  }

  /** `commit NAME [PATH…]`: writes the name into the files, commits them, and calls the commit by that name from now on. */
  async #commit(who: string, [name = '', ...paths]: readonly string[]): Promise<string> {
    const cwd = await this.#cloneOf(who);
    for (const path of paths.length > 0 ? paths : [`src/${name}.txt`]) await writeInto(cwd, path, `${name}\n`);
    await must(run('git', ['add', '-A'], this.#environment(who), cwd));
    await must(run('git', ['commit', '-q', '-m', name], this.#environment(who), cwd));
    return this.#name(who, [name, 'HEAD']);
  }

  async #write(who: string, [path = '', text = '', times = '1']: readonly string[]): Promise<string> {
    await writeInto(await this.#cloneOf(who), path, text.repeat(Number(times)));
    return '';
  }

  async #name(who: string, [name = '', revision = '']: readonly string[]): Promise<string> {
    const args = ['rev-parse', '--verify', '-q', revision];
    const { stdout } = await must(run('git', args, this.#environment(who), await this.#cloneOf(who)));
    this.#names.set(stdout.trim(), name);
    return '';
  }

  async #untilFile(who: string, [path = '']: readonly string[]): Promise<string> {
    const file = join(await this.#cloneOf(who), path);
    await patiently(`${path} of ${who}`, async () => (await readFile(file).catch(() => undefined)) !== undefined);
    return '';
  }

  async #review(who: string, act: string, [number = '', comment]: readonly string[]): Promise<string> {
    const id = await this.#idOf(number);
    const body = act === 'withdraw' ? {} : { comment: comment ?? '' };
    const answer = await this.#world.api(who, 'POST', `/api/v1/pushes/${id}/${act}`, body);
    const seen = answer.body as PushSeen & { title?: string; detail?: string };
    if (answer.status === 200) return `push ${id} is ${seen.state}`;
    return `${answer.status} ${seen.title}: ${seen.detail}`;
  }

  /** `show N FIELD…`: fields of the push as the API has them. */
  async #show(who: string, [number = '', ...fields]: readonly string[]): Promise<string> {
    const id = await this.#idOf(number);
    const answer = await this.#world.api(who, 'GET', `/api/v1/pushes/${id}`);
    const seen = answer.body as PushSeen & { title?: string; detail?: string };
    if (answer.status !== 200) return `${answer.status} ${seen.title}: ${seen.detail}`;
    return fields.map((field) => `${field}: ${JSON.stringify(seen[field])}`).join('\n');
  }

  /** Those of this repository that this person may see, the oldest first. */
  async #exceptionsSeenBy(who: string): Promise<readonly ExceptionSeen[]> {
    const repo = encodeURIComponent(this.#repo.path.replace(/\.git$/, ''));
    const { body } = await this.#world.api(who, 'GET', `/api/v1/exceptions?repo=${repo}`);
    return (body as readonly ExceptionSeen[]).toReversed();
  }

  async #exceptions(who: string): Promise<string> {
    const seen = await this.#exceptionsSeenBy(who);
    const lines = seen.map(({ state, rule, masked, grantedBy, requestedBy, reason }, at) => {
      return `${at + 1} ${state}: ${rule} ${masked} by ${grantedBy.join(', ')} for ${requestedBy}: ${reason}`;
    });
    return lines.join('\n') || 'none';
  }

  /** `revoke N`: the Nth exception of this repository. */
  async #revoke(who: string, [number = '']: readonly string[]): Promise<string> {
    const { id } = (await this.#exceptionsSeenBy('root'))[Number(number) - 1] ?? { id: 0 };
    const { status, body } = await this.#world.api(who, 'DELETE', `/api/v1/exceptions/${id}`);
    if (status === 204) return `exception ${number} is revoked`;
    const { title, detail } = body as { title?: string; detail?: string };
    return `${status} ${title}: ${detail}`;
  }

  // ------------------------------------------------------------------------------------------------------------
  // The gate, the trail and the upstream

  async #tellGate([verb = '', ...rest]: readonly string[]): Promise<string> {
    if (verb === 'clock') {
      const ms = parseDuration((rest[0] ?? '').replace(/^\+/, ''));
      if (ms === undefined || this.#stage.advance === undefined) throw new Error('the clock takes a duration: +7d');
      this.#stage.advance(ms);
      return '';
    }
    if (verb !== 'push') throw new Error(`the gate does not know how to ${verb}`);
    // `push N STATE`: waits for it; then its note says how it came to that.
    const [number = '', state = ''] = rest;
    const id = await this.#idOf(number);
    let seen: PushSeen | undefined;
    await patiently(`push ${number} to be ${state}`, async () => {
      seen = (await this.#world.api('root', 'GET', `/api/v1/pushes/${id}`)).body as PushSeen;
      return seen.state === state;
    });
    return seen?.['note'] === undefined ? '' : `${seen['note']}`;
  }

  /** `push N`: who did what, in the order of the trail. */
  async #askTrail([verb = '', number = '']: readonly string[]): Promise<string> {
    if (verb !== 'push') throw new Error(`the trail does not know ${verb}`);
    const { body } = await this.#world.api('root', 'GET', `/api/v1/audit?push=${await this.#idOf(number)}`);
    const entries = body as readonly { readonly type: string; readonly actor?: string | null }[];
    return entries.map(({ type, actor }) => (actor ? `${type} ${actor}` : type)).join('\n');
  }

  async #askUpstream([verb = '', ...rest]: readonly string[]): Promise<string> {
    const { upstreamRelay: relay } = this.#world;
    switch (verb) {
      case 'refs':
        return this.#upstreamRefs();
      case 'pushes':
        return `${this.#upstreamPushes()} received`;
      case 'commit':
        return this.#commitUpstream(rest);
      case 'down':
        await relay.goDown();
        return '';
      case 'up':
        await relay.comeBack();
        return '';
      case 'cut':
        // In the middle of what is sent next, so many bytes from now.
        relay.cutAfterUp(Number(rest[0]));
        return '';
      default:
        throw new Error(`the upstream does not know ${verb}`);
    }
  }

  async #upstreamRefs(): Promise<string> {
    const args = ['for-each-ref', '--format=%(objectname) %(refname)'];
    const { stdout } = await must(run('git', args, this.#world.environment('root'), this.#repo.directory));
    return stdout || 'none';
  }

  /** Requests with commands: a lone flush (4 bytes) is how a look at the refs over ssh ends. */
  #upstreamPushes(): number {
    const name = `/${this.#repo.path}`;
    const ours = this.#world.upstreamRequests.filter(({ method, path }) =>
      method === 'exec'
        ? path.startsWith('git-receive-pack') && path.includes(name)
        : method === 'POST' && path.startsWith(`${name}/git-receive-pack`),
    );
    return ours.filter(({ bytes }) => bytes > 4).length;
  }

  /** `commit NAME BRANCH`: somebody pushed round the gate. */
  async #commitUpstream([name = '', branch = '']: readonly string[]): Promise<string> {
    const env = this.#environment('root');
    const git = async (...args: readonly string[]) =>
      (await must(run('git', args, env, this.#repo.directory))).stdout.trim();
    const oid = await git('commit-tree', `${branch}^{tree}`, '-p', branch, '-m', name);
    await git('update-ref', `refs/heads/${branch}`, oid);
    this.#names.set(oid, name);
    return '';
  }

  // ------------------------------------------------------------------------------------------------------------
  // Who and where

  /** Each step is a minute later than the one before, for every run the same. */
  #environment(who: string): Record<string, string> {
    this.#ticks += 60;
    const date = `${FIRST_DATE + this.#ticks} +0000`;
    const env = this.#world.environment(who);
    return { ...env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, UPSTREAM: this.#repo.directory };
  }

  #url(who: string): string {
    const url = this.#world.url(this.#stage.door, who, this.#repo.path);
    return who === STRANGER ? url.replace(`${who}:`, `${who}:no-token-of-ours`) : url;
  }

  #directoryOf(who: string): string {
    return join(this.#world.directory, 'clones', this.#repo.path.replaceAll('/', '-'), who);
  }

  /** Everybody has a clone from the start; that cloning itself works is shown elsewhere. */
  #cloneOf(who: string): Promise<string> {
    const clone = this.#clones.get(who) ?? this.#makeClone(who);
    this.#clones.set(who, clone);
    return clone;
  }

  async #makeClone(who: string): Promise<string> {
    const directory = this.#directoryOf(who);
    await mkdir(join(directory, '..'), { recursive: true });
    const args = ['clone', '-q', '--template=', this.#repo.directory, directory];
    await must(run('git', args, this.#world.environment(who), this.#world.directory));
    await this.#settleIn(who, directory);
    return directory;
  }

  async #cloneThroughGate(who: string, options: readonly string[]): Promise<string> {
    const directory = this.#directoryOf(who);
    await mkdir(join(directory, '..'), { recursive: true });
    const args = ['clone', '-q', '--template=', ...options, this.#url(who), directory];
    const done = await run('git', args, this.#environment(who), this.#world.directory);
    if (done.code === 0) {
      await this.#settleIn(who, directory);
      this.#clones.set(who, Promise.resolve(directory));
    }
    return printedBy(done);
  }

  async #settleIn(who: string, directory: string): Promise<void> {
    if (who === STRANGER) await ensureKey(join(this.#world.directory, 'home', who));
    const file = join(directory, '.git/config');
    const config = await readFile(file, 'utf8');
    await writeFile(file, config.replace(/url = .*/, `url = ${this.#url(who)}`));
    for (const [section, text] of this.#transcript.sections) {
      const [, owner, hook] = /^([a-z]+) hook (.+)$/.exec(section) ?? [];
      if (owner === who && hook !== undefined) await writeHook(join(directory, '.git'), hook, text);
    }
  }

  // ------------------------------------------------------------------------------------------------------------
  // Names for what differs

  /** Ids of this repository's pushes, in order: the first is push 1 to the transcript. */
  async #ids(): Promise<readonly number[]> {
    const repo = this.#repo.path.replace(/\.git$/, '');
    const { body } = await this.#world.api('root', 'GET', `/api/v1/pushes?repo=${encodeURIComponent(repo)}`);
    return (body as readonly PushSeen[]).map(({ id }) => id).sort((one, other) => one - other);
  }

  async #idOf(number: string): Promise<number> {
    let id: number | undefined;
    await patiently(`push ${number}`, async () => {
      id = (await this.#ids())[Number(number) - 1];
      return id !== undefined;
    });
    return id as number;
  }

  async #normalise(text: string): Promise<readonly string[]> {
    if (text === '') return [];
    const { world } = this.#stage;
    const repo = this.#repo.path.replace(/\.git$/, '');
    const ids = /\bpush|"id"/.test(text) ? await this.#ids() : [];
    const numbered = (before: string, id: string) => {
      const at = ids.indexOf(Number(id));
      return `${before}${at < 0 ? `<${id}: no push of this repository>` : at + 1}`;
    };
    const exceptions = text.includes('"covering":') ? (await this.#exceptionsSeenBy('root')).map(({ id }) => id) : [];
    const numberedException = (before: string, id: string) => `${before}${exceptions.indexOf(Number(id)) + 1}`;
    let named = text
      .replace(/("covering":\[|"granted":\[\{"id":)(\d+)\b/g, (_, before: string, id: string) =>
        numberedException(before, id),
      )
      .replaceAll(this.#directoryOf(''), '<CLONES>/')
      .replaceAll(this.#repo.directory, '<UPSTREAM>')
      .replaceAll(world.directory, '<WORLD>')
      .replaceAll(world.http, '<GATE>')
      .replaceAll(`ssh://${world.ssh}`, '<GATE>')
      .replaceAll(`ssh://git@${world.ssh}`, '<GATE>')
      .replace(new RegExp(`${repo}(?!\\d)`, 'g'), 'acme/shop')
      .replace(/(\bpush |\/pushes\/|"push":)(\d+)\b/g, (_, before: string, id: string) => numbered(before, id))
      .replace(/("fingerprint":)"[0-9a-f]+"/g, '$1"<FINGERPRINT>"')
      .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, '<TIME>');
    named = named.replace(/\b[0-9a-f]{7,64}\b/g, (hex) => this.#nameOf(hex));
    // git pads `remote:` lines so that they cover what stood there; the bytes are of no interest.
    return named
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  /** The other way round: names in a command stand for what they name. */
  #resolve(who: string, word: string): string {
    const oids = new Map([...this.#names].map(([oid, name]) => [name, oid]));
    return word
      .replace('<GATE>', () => this.#url(who).replace(`/${this.#repo.path}`, ''))
      .replace(/<([A-Z]\w*)>/g, (all, name: string) => oids.get(name) ?? all);
  }

  #nameOf(hex: string): string {
    if (/^0+$/.test(hex)) return hex.length >= 40 ? '<NONE>' : hex;
    for (const [oid, name] of this.#names) if (oid.startsWith(hex)) return `<${name}>`;
    return hex;
  }
}

async function ensureKey(file: string): Promise<void> {
  if ((await readFile(file).catch(() => undefined)) !== undefined) return;
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file];
  await must(run('ssh-keygen', args, { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, '/'));
}

function printedBy({ code, stdout, stderr }: Run): string {
  const lines = [stderr, stdout].map((text) => text.replace(/\n$/, '')).filter((text) => text !== '');
  return [...lines, ...(code === 0 ? [] : [`[exit ${code}]`])].join('\n');
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function patiently(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(15);
  }
}

async function writeInto(directory: string, path: string, text: string): Promise<void> {
  await mkdir(join(directory, path, '..'), { recursive: true });
  await writeFile(join(directory, path), text);
}

async function writeHook(gitDirectory: string, name: string, text: string): Promise<void> {
  await writeInto(join(gitDirectory, 'hooks'), name, text);
  await chmod(join(gitDirectory, 'hooks', name), 0o755);
}
