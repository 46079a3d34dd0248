// The golden transcripts of fixtures/transcripts: each is played through both doors in front of both kinds of upstream,
// and must print the same every time. `UPDATE_TRANSCRIPTS=1` writes what was printed into the files: read the diff.
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
import { type Door, openWorld, type UpstreamKind, type World } from './support/world.ts';

const DIRECTORY = join(import.meta.dirname, '../fixtures/transcripts');
const POLICY = readFileSync(join(DIRECTORY, 'policy.yaml'), 'utf8');
const UPDATE = process.env['UPDATE_TRANSCRIPTS'] === '1';
const DOORS = ['http', 'ssh'] as const satisfies readonly Door[];
const UPSTREAMS = ['http', 'ssh'] as const satisfies readonly UpstreamKind[];
/** They wait for disks and handshakes more than they compute. */
const AT_ONCE = 4;
const TIMEOUT_MS = 120_000;

const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.txt'));
const texts = new Map(files.sort().map((file) => [file, readFileSync(join(DIRECTORY, file), 'utf8')]));
const transcripts = [...texts].map(([file, text]) => parseTranscript(file, text));

/** One gateway for all transcripts that leave it as they found it. */
const shared = new Map<UpstreamKind, Promise<World>>();

function sharedWorld(upstream: UpstreamKind): Promise<World> {
  const world = shared.get(upstream) ?? openWorld({ upstream, policy: POLICY });
  shared.set(upstream, world);
  return world;
}

async function play(transcript: Transcript, upstream: UpstreamKind, doors: readonly Door[]): Promise<Printed> {
  const printed: Printed = { http: [], ssh: [] };
  if (!needsOwnWorld(transcript)) {
    const world = await sharedWorld(upstream);
    for (const door of doors) printed[door] = await playTranscript(transcript, { world, door });
    return printed;
  }
  let ahead = 0;
  const world = await openWorld({
    upstream,
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
    for (const upstream of UPSTREAMS) {
      test(`${transcript.name}: ${upstream} upstream`, { timeout: TIMEOUT_MS }, async () => {
        const printed = await play(transcript, upstream, DOORS);
        results.set(transcript, [...(results.get(transcript) ?? []), printed]);
        if (UPDATE) return;
        for (const door of DOORS) {
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
