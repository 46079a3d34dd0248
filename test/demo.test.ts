// The demo as its users have it: the story judged by its exit code, and the lines it prints typed into a shell.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const DEMO = join(import.meta.dirname, '../src/cli/demo/main.mjs');

/** What npm would give it: Node on the path, and nothing of whoever runs the tests. */
const ENV = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C', TMPDIR: tmpdir() };

interface Running {
  readonly child: ChildProcess;
  text(): string;
  /** Resolves once the output so far matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

function start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(program, [...args], { env: { ...ENV, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  return {
    child,
    text: () => text,
    ended,
    says(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        ended.then((code) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${text}`)), reject);
      });
    },
  };
}

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return start(process.execPath, [DEMO, ...args], env);
}

/** Types lines into a shell; answers what was seen there. */
async function shell(lines: readonly string[]): Promise<string> {
  const running = typing(lines);
  await running.ended;
  return running.text();
}

function typing(lines: readonly string[]): Running {
  const running = start('sh', []);
  running.child.stdin?.end(`${lines.join('\n')}\n`);
  return running;
}

/** The lines to paste of each numbered paragraph of the guide; a second list where somebody else's turn is. */
function paragraphs(text: string): readonly (readonly string[])[] {
  const found: string[][] = [];
  for (const line of text.split('\n')) {
    if (/^\d\. /.test(line) || /^ {3}\w+:$/.test(line)) found.push([]);
    else if (line.startsWith('     ')) found.at(-1)?.push(line.trim());
  }
  return found;
}

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-demo-test-'));
});
after(async () => {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

describe('npm run demo -- --script', () => {
  test('plays every step over both doors, leaves nothing behind, and ends with 0', async () => {
    const temporary = join(directory, 'script');
    await mkdir(temporary);
    const running = demo(['--script'], { TMPDIR: temporary });
    const code = await running.ended;
    const text = running.text();
    assert.equal(code, 0, text);
    for (const line of [
      /^ {8}remote: sallyport: held for approval, push 2$/m,
      /^ {8}remote: {3}production needs SRE: infra\/prod\/db\.tf +\(1 of sre\)$/m,
      /^ {8}hint: somebody else has to decide/m,
      /^ {8}\+# a bigger instance$/m,
      /^ {8}push 2 has landed$/m,
      /^ {8}To ssh:\/\/127\.0\.0\.1:\d+\/ops\/deploy\.git$/m,
      /^ {8}sallyport: the coding agent that pushed this acts for you$/m,
      /\(refused: nobody rewrites main\)$/m,
      /^ {8}remote: {5}[0-9a-f]{12} deploy\.env:1 github-personal-access-token ghp_…\w{4}$/m,
      /^ {6}ok: nobody reads the token$/m,
      /^ {8} \* \[new tag\] +v1\.0 -> v1\.0$/m,
      /^ {8}remote: sallyport: waiting for approval of push 11: 1 of sre, 1 of security$/m,
      /^ {8}sound: \d+ entries/m,
      /^ {6}ok: every one came as sallyport-gate$/m,
      /^all 14 steps did what they say, in [\d.]+ s$/m,
    ]) {
      assert.match(text, line);
    }
    assert.deepEqual(await readdir(temporary), []);
  });

  test('a step that does not do what it says ends it with 1, named, and everything is kept', async () => {
    // A git that says it has pushed, and has not.
    const bin = join(directory, 'lying-bin');
    await mkdir(bin);
    await writeFile(join(bin, 'git'), `#!/bin/sh\ntest "$1" = push && exit 0\nPATH='${ENV.PATH}' exec git "$@"\n`);
    await chmod(join(bin, 'git'), 0o755);
    const running = demo(['--script', '--dir', join(directory, 'lied-to')], { PATH: `${bin}:${ENV.PATH}` });
    assert.equal(await running.ended, 1, running.text());
    assert.match(running.text(), /FAILED: this should hold, and does not: refs\/heads\/main of the upstream is at/);
    assert.match(running.text(), /^step 2 of 14 did not do what it says: an ordinary push lands$/m);
    assert.match(running.text(), /^everything is in .*lied-to$/m);
    assert.equal((await stat(join(directory, 'lied-to', 'policy.yaml'))).isFile(), true);
  });

  test('a signal ends it with 1 and stops the gateway', async () => {
    const place = join(directory, 'interrupted');
    const running = demo(['--script', '--dir', place]);
    await running.says(/^ 2\. /m);
    running.child.kill('SIGINT');
    assert.equal(await running.ended, 1, running.text());
    assert.deepEqual((await readdir(join(place, 'data'))).includes('gateway.json'), false);
  });
});

describe('npm run demo', () => {
  const ports = ['--http-port', '0', '--ssh-port', '0'];
  let place = '';
  let running: Running;
  let guide: readonly (readonly string[])[] = [];
  before(async () => {
    place = join(directory, 'with a space');
    running = demo(['--dir', place, ...ports]);
    await running.says(/^Ctrl-C ends the demo\.$/m);
    guide = paragraphs(running.text());
  });
  after(() => {
    if (running.child.exitCode === null) running.child.kill('SIGKILL');
  });

  test('what it prints can be typed: push, hold, approve and land over both doors', async () => {
    const [clone = [], ordinary = [], production = [], bob = [], ssh = [], bobAgain = [], carol = []] = guide;
    const alice = await shell([...clone, ...ordinary, ...production]);
    assert.match(alice, /main -> main$/m);
    assert.match(alice, /! \[remote rejected\] main -> main \(held for approval: push 2\)/);
    assert.match(alice, /sallyport: you pushed this yourself/);
    const approved = await shell(bob);
    assert.match(approved, /^2 +held +acme\/shop +alice/m);
    assert.match(approved, /^\+# a bigger instance$/m);
    assert.match(approved, /^approved push 2; it is relaying$/m);

    const waiting = typing(ssh);
    await waiting.says(/waiting for approval of push 3/);
    assert.deepEqual(await processesThatShow(await tokens(place)), []);
    await shell([bob[0] ?? '', ...bobAgain]);
    assert.equal(await waiting.ended, 0, waiting.text());
    assert.match(waiting.text(), /To ssh:.*\n +[0-9a-f]+\.\.[0-9a-f]+ +main -> main/);

    const audited = await shell(carol);
    assert.match(audited, /push\.landed/);
    assert.match(audited, /^sound: \d+ entries/m);
  });

  test('tokens and keys are readable by their owner alone', async () => {
    for (const name of ['alice', 'bob', 'carol', 'copilot']) {
      for (const file of ['token', 'id_ed25519']) {
        assert.equal((await stat(join(place, name, file))).mode & 0o777, 0o600, `${name}/${file}`);
      }
    }
  });

  test('a second demo in the same directory is refused', async () => {
    const second = demo(['--dir', place, ...ports]);
    assert.equal(await second.ended, 1);
    assert.match(second.text(), /a demo runs in .* already/);
  });

  test('an interrupt ends it cleanly, and it can be gone on with', async () => {
    running.child.kill('SIGINT');
    assert.equal(await running.ended, 0, running.text());
    assert.match(running.text(), /^the demo has ended; everything is in .*with a space$/m);
    const again = demo(['--dir', place, ...ports]);
    try {
      await again.says(/^Ctrl-C ends the demo\.$/m);
      const env = paragraphs(again.text())[3]?.[0] ?? '';
      assert.match(await shell([env, 'sallyport push ls']), /^2 +landed +acme\/shop +alice/m);
    } finally {
      again.child.kill('SIGTERM');
    }
    assert.equal(await again.ended, 0, again.text());
  });

  test('a port that is taken is named, with the option that chooses another', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const refused = demo(['--ssh-port', String(port), '--http-port', '0']);
    assert.equal(await refused.ended, 1);
    assert.match(refused.text(), new RegExp(`127\\.0\\.0\\.1:${port} is in use\\nhint: .*--ssh-port PORT`));
    taken.close();
  });

  test('a directory with other things in it is left alone', async () => {
    const full = join(directory, 'full');
    await mkdir(full);
    await writeFile(join(full, 'sallyport.yaml'), 'gateway: {}\n');
    const refused = demo(['--dir', full, ...ports]);
    assert.equal(await refused.ended, 1);
    assert.match(refused.text(), /is not empty, and no demo/);
    assert.equal(await readFile(join(full, 'sallyport.yaml'), 'utf8'), 'gateway: {}\n');
  });

  test('an unknown option is wrong usage', async () => {
    const refused = demo(['--sript']);
    assert.equal(await refused.ended, 2);
  });
});

function tokens(place: string): Promise<readonly string[]> {
  const names = ['alice', 'bob', 'carol', 'copilot'];
  return Promise.all(names.map(async (name) => (await readFile(join(place, name, 'token'), 'utf8')).trim()));
}

/** Command lines on this machine with one of these texts in them; on Linux, where everybody can read them in /proc. */
async function processesThatShow(texts: readonly string[]): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => texts.some((text) => line.includes(text)));
}
