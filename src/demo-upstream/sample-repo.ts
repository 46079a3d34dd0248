// Bare repositories for the demo, the bench and the tests. Same input, same object ids: people and dates are fixed.
import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ObjectFormat, Oid } from '../protocol/oid.ts';
import { drained } from './drained.ts';
import { gitEnvironment } from './git-process.ts';

export interface SampleCommit {
  /** Default `refs/heads/main`. A commit follows the one before it on its ref. */
  readonly ref?: string;
  readonly message: string;
  /** Paths and contents that this commit sets; `null` deletes. */
  readonly files: Readonly<Record<string, string | Buffer | null>>;
}

export interface SampleRepositoryOptions {
  /** Directory of bare repositories; made when missing. */
  readonly root: string;
  /** Path below it, with `.git` or without. */
  readonly name: string;
  readonly objectFormat?: ObjectFormat;
  /** Default: none, an empty repository. */
  readonly commits?: readonly SampleCommit[];
}

export interface SampleRepository {
  readonly directory: string;
  /** Ref names and what they point to. */
  readonly refs: Readonly<Record<string, Oid>>;
}

const PERSON = 'Sample Author <author@example.com>';
const FIRST_DATE = 1_700_000_000;

/** Makes a bare repository whose default branch is main. */
export async function createSampleRepository(options: SampleRepositoryOptions): Promise<SampleRepository> {
  const name = options.name.endsWith('.git') ? options.name : `${options.name}.git`;
  const directory = join(options.root, name);
  await mkdir(directory, { recursive: true });
  const format = options.objectFormat ?? 'sha1';
  await git(directory, ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`, '.']);
  const commits = options.commits ?? [];
  if (commits.length > 0) await fastImport(directory, commits);
  const listed = await git(directory, ['for-each-ref', '--format=%(refname) %(objectname)']);
  const lines = listed.split('\n').filter((line) => line !== '');
  return { directory, refs: Object.fromEntries(lines.map((line) => line.split(' ') as [string, string])) };
}

/** What the demo starts with: something to read, something protected, something that takes money. */
export const DEMO_COMMITS: readonly SampleCommit[] = [
  {
    message: 'shop: first version\n',
    files: {
      'README.md': '# shop\n\nA small web shop.\n',
      'src/cart.ts':
        'export interface Item {\n  readonly price: number;\n}\n\nexport function total(items: readonly Item[]): number {\n  return items.reduce((sum, item) => sum + item.price, 0);\n}\n',
      'src/payments/charge.ts':
        'export function charge(cents: number): string {\n  if (!Number.isInteger(cents) || cents <= 0) throw new RangeError("cents");\n  return "charged " + String(cents);\n}\n',
      'package.json': '{\n  "name": "shop",\n  "private": true\n}\n',
    },
  },
  {
    message: 'infra: production database\n',
    files: {
      'infra/prod/db.tf':
        'resource "aws_db_instance" "main" {\n  instance_class = "db.t3.micro"\n  multi_az       = false\n}\n',
      'infra/staging/db.tf': 'resource "aws_db_instance" "main" {\n  instance_class = "db.t3.micro"\n}\n',
      '.github/workflows/ci.yml':
        'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n',
      CODEOWNERS: '/infra/prod/ @sre\n/src/payments/ @security\n',
    },
  },
];

/** git-fast-import(1): one process however many commits. */
async function fastImport(directory: string, commits: readonly SampleCommit[]): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--date-format=raw'], {
    cwd: directory,
    env: gitEnvironment({}),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`git fast-import failed: ${errors}`))));
  });
  child.stdin.on('error', () => {});
  for (const [at, commit] of commits.entries()) {
    const when = `${PERSON} ${FIRST_DATE + at * 60} +0000`;
    child.stdin.write(`commit ${commit.ref ?? 'refs/heads/main'}\nauthor ${when}\ncommitter ${when}\n`);
    child.stdin.write(data(commit.message));
    for (const [path, content] of Object.entries(commit.files)) {
      if (content === null) child.stdin.write(`D ${quote(path)}\n`);
      else {
        child.stdin.write(`M 100644 inline ${quote(path)}\n`);
        if (!child.stdin.write(data(content))) await drained(child.stdin);
      }
    }
    child.stdin.write('\n');
  }
  child.stdin.end('done\n');
  await ended;
}

function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** C-style quoting, which fast-import takes for any path. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  const options = { cwd: directory, env: gitEnvironment({}), maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)('git', [...args], options);
  return stdout;
}
