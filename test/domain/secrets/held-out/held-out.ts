// The held-out corpus: written without looking at the rules, and never at what they miss in its `final` half.
// A rule may be mended for what the `dev` half shows; what `final` gives then is a fair measure.
import { createHash } from 'node:crypto';
import { seeded } from '../support/random.ts';
import { Kit } from './kit.ts';
import { CONSTANTS } from './negatives/constants.ts';
import { DIGESTS } from './negatives/digests.ts';
import { IDENTIFIERS } from './negatives/identifiers.ts';
import { OPAQUE_DATA } from './negatives/opaque-data.ts';
import { PASSWORD_CODE } from './negatives/password-code.ts';
import { PLACEHOLDERS } from './negatives/placeholders.ts';
import { PUBLIC_VALUES } from './negatives/public-values.ts';
import { REFERENCES } from './negatives/references.ts';
import { CONFIGURATION } from './positives/configuration.ts';
import { CONNECTIONS } from './positives/connections.ts';
import { CONTAINERS } from './positives/containers.ts';
import { DOT_FILES } from './positives/dot-files.ts';
import { ENVIRONMENT } from './positives/environment.ts';
import { INFRASTRUCTURE } from './positives/infrastructure.ts';
import { PIPELINES } from './positives/pipelines.ts';
import { PRIVATE_KEYS } from './positives/private-keys.ts';
import { PROSE } from './positives/prose.ts';
import { SHELL } from './positives/shell.ts';
import { SOURCE_SCRIPTS } from './positives/source-scripts.ts';
import { SOURCE_SYSTEMS } from './positives/source-systems.ts';
import { SOURCE_WEB } from './positives/source-web.ts';
import { WEB_TOKENS } from './positives/web-tokens.ts';
import { type HeldOutFile, Marker, type Sample } from './sample.ts';

export type Half = 'dev' | 'final';

const POSITIVES: readonly (readonly Sample[])[] = [
  SOURCE_WEB,
  SOURCE_SYSTEMS,
  SOURCE_SCRIPTS,
  ENVIRONMENT,
  CONFIGURATION,
  CONTAINERS,
  PIPELINES,
  SHELL,
  INFRASTRUCTURE,
  DOT_FILES,
  CONNECTIONS,
  PRIVATE_KEYS,
  WEB_TOKENS,
  PROSE,
];
const NEGATIVES: readonly (readonly Sample[])[] = [
  PLACEHOLDERS,
  REFERENCES,
  DIGESTS,
  IDENTIFIERS,
  PUBLIC_VALUES,
  PASSWORD_CODE,
  OPAQUE_DATA,
  CONSTANTS,
];

/** The files of one half; `rounds` times each, with other values. Generated keys differ from run to run. */
export function heldOut(half: Half, seed: string, rounds: number): HeldOutFile[] {
  const samples = [...POSITIVES, ...NEGATIVES].flat().filter(({ path }) => halfOf(path) === half);
  return Array.from({ length: rounds }, (_, round) => samples.map((sample) => made(sample, `${seed}:${round}`))).flat();
}

/** A file stays in its half whatever is added to the corpus. */
function halfOf(path: string): Half {
  const [first] = createHash('sha256').update(`held-out:${path}`).digest();
  return (first as number) % 2 === 0 ? 'dev' : 'final';
}

function made({ path, text }: Sample, seed: string): HeldOutFile {
  const marker = new Marker();
  return marker.fileOf(path, text(new Kit(seeded(`${seed}:${path}`), marker)));
}
