// The golden transcripts of fixtures/transcripts: each is played through both doors in front of both kinds of upstream,
// with the agent in the gateway and with one that runs apart, and must print the same every time. With the agent apart,
// each door meets one kind of upstream; in CI all of them meet. `UPDATE_TRANSCRIPTS=1` writes what was printed into the files: read the diff.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  asText,
  expectedThrough,
  formatTranscript,
  parseTranscript,
  type Transcript,
  unexplainedDifferences,
  withOutputs,
} from './support/transcript.ts';
import { needsOwnWorld, playTranscript } from './support/transcript-player.ts';
import { type AgentKind, type Door, openWorld, type UpstreamKind, type World } from './support/world.ts';

const DIRECTORY = join(import.meta.dirname, '../fixtures/transcripts');
const POLICY = readFileSync(join(DIRECTORY, 'policy.yaml'), 'utf8');
const UPDATE = process.env['UPDATE_TRANSCRIPTS'] === '1';
const DOORS = ['http', 'ssh'] as const satisfies readonly Door[];
const UPSTREAMS = ['http', 'ssh'] as const satisfies readonly UpstreamKind[];
const IN_CI = process.env['CI'] === 'true';

interface Place {
  readonly upstream: UpstreamKind;
  readonly agent: AgentKind;
  readonly doors: readonly Door[];
}

const PLACES: readonly Place[] = UPSTREAMS.flatMap((upstream): Place[] => [
  { upstream, agent: 'embedded', doors: DOORS },
  { upstream, agent: 'remote', doors: IN_CI ? DOORS : [upstream === 'http' ? 'ssh' : 'http'] },
]);
/** They wait for disks and handshakes more than they compute. */
const AT_ONCE = 4;
const TIMEOUT_MS = 120_000;

const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.txt'));
const texts = new Map(files.sort().map((file) => [file, readFileSync(join(DIRECTORY, file), 'utf8')]));
const transcripts = [...texts].map(([file, text]) => parseTranscript(file, text));

/** One gateway for all transcripts that leave it as they found it. */
const shared = new Map<string, Promise<World>>();

function sharedWorld({ upstream, agent }: Place): Promise<World> {
  const key = `${upstream} ${agent}`;
  const world = shared.get(key) ?? openWorld({ upstream, agent, policy: POLICY });
  shared.set(key, world);
  return world;
}

async function play(transcript: Transcript, place: Place): Promise<Printed> {
  const { upstream, agent, doors } = place;
  const printed: Printed = { http: [], ssh: [] };
  if (!needsOwnWorld(transcript)) {
    const world = await sharedWorld(place);
    for (const door of doors) printed[door] = await playTranscript(transcript, { world, door });
    return printed;
  }
  let ahead = 0;
  const world = await openWorld({
    upstream,
    agent,
    policy: transcript.sections.get('policy') ?? POLICY,
    gateway: transcript.sections.get('gateway') ?? '',
    upstreamConfig: settingsOf(transcript.sections.get('upstream config') ?? ''),
    clock: { now: () => Date.now() + ahead },
  });
  const advance = (ms: number) => {
    ahead += ms;
  };
  try {
    // One door after the other: what one of them breaks would break the other as well.
    for (const door of doors) printed[door] = await playTranscript(transcript, { world, door, advance });
  } finally {
    await world.close();
  }
  return printed;
}

function settingsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]));
}

type Printed = Record<Door, readonly (readonly string[])[]>;

describe('transcripts', { concurrency: AT_ONCE }, () => {
  const results = new Map<Transcript, Printed[]>();
  after(async () => {
    for (const world of shared.values()) await (await world).close();
  });
  after(() => {
    if (UPDATE) for (const [transcript, printed] of results) rewrite(transcript, printed);
  });

  for (const transcript of transcripts) {
    for (const place of PLACES) {
      const { upstream, agent, doors } = place;
      test(`${transcript.name}: ${upstream} upstream, ${agent} agent`, { timeout: TIMEOUT_MS }, async () => {
        if (UPDATE && agent === 'remote') return;
        const printed = await play(transcript, place);
        results.set(transcript, [...(results.get(transcript) ?? []), printed]);
        if (UPDATE) return;
        for (const door of doors) {
          const expected = asText(transcript, expectedThrough(transcript, door));
          assert.equal(asText(transcript, printed[door]), expected, `${transcript.name} through the ${door} door`);
        }
      });
    }
  }
});

function rewrite(transcript: Transcript, printed: readonly Printed[]): void {
  const [one, other] = printed;
  if (one === undefined || other === undefined) return;
  for (const door of DOORS) {
    const text = (printed: Printed) => asText(transcript, printed[door]);
    assert.equal(text(one), text(other), `${transcript.name} through the ${door} door differs by upstream`);
  }
  writeFileSync(join(DIRECTORY, transcript.name), formatTranscript(withOutputs(transcript, one)));
}

for (const transcript of transcripts) {
  test(`${transcript.name}: says what it shows, and why doors differ where they do`, () => {
    assert.match(transcript.head[0] ?? '', /^# \S/);
    assert.deepEqual(unexplainedDifferences(transcript), []);
    assert.equal(formatTranscript(transcript), texts.get(transcript.name));
  });
}
