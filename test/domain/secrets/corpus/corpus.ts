// The labelled corpus, put together when it is asked for: nothing that looks like a credential is in any file.
import { gzipSync } from 'node:zlib';
import { tarOf, zipOf } from '../support/archives.ts';
import { type Random, seeded } from '../support/random.ts';
import { CODE_FRAMES } from './code-frames.ts';
import { CONFIG_FRAMES } from './config-frames.ts';
import { FALSE_ENTRIES, falseEntry, keyEntry, passwordEntry, vendorGroup } from './entries.ts';
import { type Frame, framed, type Group, type LabelledFile } from './labelled.ts';
import { NEGATIVE_FILES, negativeFile, publicKeyFile } from './negative-files.ts';
import { COMPOSED, SPECIAL_FILES, specialFile } from './special-files.ts';
import { TEXT_FRAMES } from './text-frames.ts';
import { VENDOR_FORMATS } from './vendors.ts';

const FRAMES: readonly Frame[] = [...CODE_FRAMES, ...CONFIG_FRAMES, ...TEXT_FRAMES];
/** Entries in one file. */
const IN_ONE_FILE = 6;
const WRAPPED_PART = 8;

/** The corpus of this seed; `rounds` times as many of everything. The same seed gives the same files, keys apart. */
export function corpus(seed: string, rounds: number): LabelledFile[] {
  const random = seeded(seed);
  const files: LabelledFile[] = [];
  for (let round = 0; round < rounds; round++) {
    files.push(...filesOf(groups(random), random));
    for (let number = 0; number < SPECIAL_FILES; number++) files.push(specialFile(number, random));
    for (const compose of COMPOSED) files.push(compose(random));
    for (let number = 0; number < NEGATIVE_FILES; number++) files.push(negativeFile(number, random));
    files.push(publicKeyFile());
  }
  return [...files, ...wrapped(files, random)];
}

/** Of each vendor's format one, as many passwords and keys by name alone, and no fewer traps than secrets. */
function groups(random: Random): Group[] {
  const vendors = VENDOR_FORMATS.map((format) => vendorGroup(format, random));
  const named = VENDOR_FORMATS.map((_, at) => [at % 2 === 0 ? passwordEntry(random) : keyEntry(random)]);
  const traps = Array.from({ length: FALSE_ENTRIES * 4 }, (_, number) => [falseEntry(number, random)]);
  return shuffled([...vendors, ...named, ...traps], random);
}

function filesOf(all: readonly Group[], random: Random): LabelledFile[] {
  const files: LabelledFile[] = [];
  for (let at = 0; at < all.length; at += IN_ONE_FILE) {
    const frame = FRAMES[(at / IN_ONE_FILE) % FRAMES.length] as Frame;
    files.push(framed(frame, all.slice(at, at + IN_ONE_FILE), random));
  }
  return files;
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  const all = [...from];
  for (let at = all.length - 1; at > 0; at--) {
    const other = random.next(at + 1);
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

const WRAPS: readonly ((file: LabelledFile) => { path: string; bytes: Buffer })[] = [
  ({ path, bytes }) => ({ path: `${path}.gz`, bytes: gzipSync(bytes) }),
  ({ path, bytes }) => ({ path: `${path}.zip`, bytes: zipOf([{ name: path, content: bytes }], 'deflated') }),
  ({ path, bytes }) => ({ path: `${path}.tar.gz`, bytes: gzipSync(tarOf([{ name: path, content: bytes }])) }),
  ({ path, bytes }) => ({ path: `${path}.b64`, bytes: Buffer.from(wrappedAt76(bytes.toString('base64'))) }),
  ({ path, bytes }) => ({ path: `${path}.hex`, bytes: Buffer.from(bytes.toString('hex')) }),
  ({ path, bytes }) => ({ path, bytes: Buffer.from(`\ufeff${bytes.toString('latin1')}`, 'utf16le') }),
  ({ path, bytes }) => ({
    path: 'state.json',
    bytes: Buffer.from(JSON.stringify({ path, content: bytes.toString('latin1') })),
  }),
];

/** One in eight files again, encoded or packed. */
function wrapped(files: readonly LabelledFile[], random: Random): LabelledFile[] {
  return files
    .filter(() => random.next(WRAPPED_PART) === 0)
    .map((file) => ({ ...random.pick(WRAPS)(file), labels: file.labels, isWrapped: true }));
}

function wrappedAt76(base64: string): string {
  return base64.replace(/.{76}/g, '$&\n');
}
