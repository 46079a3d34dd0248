import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { base64 } from './encodings.ts';
import { find, layersIn, missedIn, SECRET } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'layers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = `name: demo\ntoken: ${SECRET}\n`;
const hasPython = works('python3', ['--version']);

/** The file a Python program writes; it finds its path in `out` and the text in `text`. */
function python(program: string): Buffer {
  const out = join(folder, 'archive');
  const prelude = `import sys, io, zipfile, tarfile\nout, text = sys.argv[1], sys.argv[2]\n`;
  execFileSync('python3', ['-c', prelude + program, out, TEXT]);
  return readFileSync(out);
}

function works(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const offset = TEXT.indexOf(SECRET);
const deepName = `${'deep/'.repeat(40)}secret.yaml`;

describe('archives written by Python', { skip: !hasPython }, () => {
  const tar = (format: string) => `
with tarfile.open(out, 'w', format=tarfile.${format}) as t:
  for name in ['a.txt', ${JSON.stringify(deepName)}]:
    info = tarfile.TarInfo(name); data = (text if name != 'a.txt' else 'nothing').encode(); info.size = len(data)
    t.addfile(info, io.BytesIO(data))`;
  const zip = (method: string) => `
with zipfile.ZipFile(out, 'w', zipfile.${method}) as z:
  z.writestr('dir/', ''); z.writestr('a.txt', 'nothing'); z.writestr(${JSON.stringify(deepName)}, text)`;
  const cases: Readonly<Record<string, string>> = {
    'tar, GNU long names': tar('GNU_FORMAT'),
    'tar, pax headers': tar('PAX_FORMAT'),
    'zip, stored': zip('ZIP_STORED'),
    'zip, deflated': zip('ZIP_DEFLATED'),
    'zip, written to a pipe (sizes after the data)': `
class Pipe(io.RawIOBase):
  def __init__(s): s.f = open(out, 'wb')
  def writable(s): return True
  def write(s, b): return s.f.write(b)
  def seekable(s): return False
p = Pipe()
with zipfile.ZipFile(p, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr(${JSON.stringify(deepName)}, text)
p.f.close()`,
    'zip behind a program': `
with open(out, 'wb') as f: f.write(b'#!/bin/sh\\nexit 0\\n' * 20)
with zipfile.ZipFile(out, 'a', zipfile.ZIP_DEFLATED) as z: z.writestr(${JSON.stringify(deepName)}, text)`,
  };
  for (const [title, program] of Object.entries(cases)) {
    test(`${title}: the member is named and the position is in it`, () => {
      const expected = { path: `!${deepName}`, file: `!${deepName}`, offset };
      assert.deepEqual(find(python(program), SECRET), [expected]);
    });
  }

  test('ustar with a prefix', () => {
    const name = `${'directory/'.repeat(14)}secret.yaml`;
    const program = tar('USTAR_FORMAT').replace(JSON.stringify(deepName), JSON.stringify(name));
    assert.equal(find(python(program), SECRET)[0]?.path, `!${name}`);
  });

  test('base64 in a member of a zip in a gzipped tar is where it is in that member', () => {
    const bytes = python(`
inner = io.BytesIO()
with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('config.yaml', 'value: ${base64(SECRET)}')
with tarfile.open(out, 'w:gz') as t:
  info = tarfile.TarInfo('lib.jar'); info.size = len(inner.getvalue()); inner.seek(0); t.addfile(info, inner)`);
    const file = '!gzip!lib.jar!config.yaml';
    assert.deepEqual(find(bytes, SECRET), [{ path: `${file}!base64`, file, offset: 7 }]);
  });

  test('tar members and stored zip members say where the archive holds them', () => {
    for (const program of [tar('PAX_FORMAT'), zip('ZIP_STORED')]) {
      const bytes = python(program);
      const layer = layersIn(bytes).find(({ path }) => path === `!${deepName}`);
      assert.equal((layer?.verbatimAt ?? 0) + offset, bytes.indexOf(SECRET));
    }
  });

  for (const [method, number] of [
    ['ZIP_BZIP2', 12],
    ['ZIP_LZMA', 14],
  ] as const) {
    test(`zip with ${method} is said not to be inspected`, () => {
      assert.deepEqual(
        missedIn(python(zip(method).replace("z.writestr('a.txt', 'nothing'); ", ''))).map(({ path, text }) => [
          path,
          text,
        ]),
        [[`!${deepName}`, `not inspected: zip member of compression method ${number}`]],
      );
    });
  }

  for (const [mode, kind] of [
    ['w:bz2', 'bzip2'],
    ['w:xz', 'xz'],
  ] as const) {
    test(`${kind} is said not to be inspected`, () => {
      const [missed] = missedIn(python(tar('PAX_FORMAT').replace("'w',", `'${mode}',`)));
      assert.deepEqual([missed?.reason, missed?.text], ['format', `not inspected: ${kind}`]);
    });
  }
});

describe('compressed streams', () => {
  test('gzip by the system, with its file name in the header', { skip: !works('gzip', ['--version']) }, () => {
    const bytes = execFileSync('gzip', ['-9'], { input: TEXT });
    assert.deepEqual(find(bytes, SECRET), [{ path: '!gzip', file: '!gzip', offset }]);
  });

  test('the members of a gzip file are one text, what follows them another', () => {
    const cut = offset + 10;
    const halves = [gzipSync(TEXT.slice(0, cut)), gzipSync(TEXT.slice(cut)), Buffer.from(`x = ${base64(SECRET)}`)];
    const bytes = Buffer.concat(halves);
    const found = find(bytes, SECRET).map(({ path, offset }) => [path, offset]);
    assert.deepEqual(found, [
      ['!gzip', offset],
      ['!base64', bytes.length - base64(SECRET).length],
    ]);
  });

  test('zlib, as in a loose object of git', () => {
    assert.equal(find(deflateSync(TEXT), SECRET)[0]?.path, '!zlib');
  });

  test('Zstandard', () => {
    assert.equal(find(zstdCompressSync(TEXT), SECRET)[0]?.path, '!zstd');
  });

  test('gzip in base64 in a text is where the text has it', () => {
    const text = `data: ${gzipSync(TEXT).toString('base64')}\n`;
    assert.deepEqual(find(text, SECRET)[0], { path: '!base64!gzip', file: '', offset: 6 });
  });

  test('gzip behind the shell of an installer', () => {
    const shell = '#!/bin/sh\ntail -n +3 "$0" | gunzip\n';
    const bytes = Buffer.concat([Buffer.from(shell), gzipSync(TEXT)]);
    assert.deepEqual(find(bytes, SECRET)[0], { path: '!gzip', file: '', offset: shell.length });
  });

  test('a cut stream gives what it has', () => {
    const whole = gzipSync(TEXT + 'x'.repeat(50) + Array.from({ length: 3000 }, (_, at) => at * 7919).join(','));
    assert.ok(find(whole.subarray(0, whole.length - 2000), SECRET).length > 0);
  });

  test('a deflated stream of a PDF', () => {
    const body = deflateSync(`BT (${SECRET}) Tj ET`);
    const head = `%PDF-1.7\n4 0 obj\n<< /Length ${body.length} /Filter /FlateDecode >>\nstream\n`;
    const bytes = Buffer.concat([Buffer.from(head), body, Buffer.from('\nendstream\nendobj\n')]);
    assert.equal(find(bytes, SECRET)[0]?.path, '!stream 1');
  });

  test('ar, as a Debian package is', () => {
    const field = (text: string, width: number) => text.padEnd(width);
    const member = (name: string, body: Buffer) =>
      Buffer.concat([
        Buffer.from(
          `${field(name, 16)}${field('0', 12)}${field('0', 6)}${field('0', 6)}${field('100644', 8)}${field(String(body.length), 10)}\`\n`,
        ),
        body,
        Buffer.alloc(body.length % 2, 0x0a),
      ]);
    const bytes = Buffer.concat([
      Buffer.from('!<arch>\n'),
      member('debian-binary', Buffer.from('2.0\n')),
      member('control.tar.gz/', gzipSync(TEXT)),
    ]);
    assert.equal(find(bytes, SECRET)[0]?.path, '!control.tar.gz!gzip');
  });
});

describe('structured values', () => {
  const value = ['hun', 'ter2secret'].join('');

  test('data of a Kubernetes Secret becomes assignments, each at its value', () => {
    const text = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${base64(value)}\n  user: ${base64('administrator')}\n---\nkind: ConfigMap\ndata:\n  other: ${base64('no-secret-here')}\n`;
    const layer = layersIn(text).find(({ path }) => path === '!kubernetes');
    assert.equal(layer?.bytes.toString(), `password: ${value}\nuser: administrator\n`);
    assert.equal(layer?.originOf(layer.bytes.indexOf(value)).offset, text.indexOf(base64(value)));
  });

  test('data of a Secret in JSON', () => {
    const text = JSON.stringify({ kind: 'Secret', data: { 'db.password': base64(value) } });
    assert.equal(find(text, `db.password: ${value}`)[0]?.path, '!kubernetes');
  });

  test('auth of a docker config becomes a URL with a password', () => {
    const text = JSON.stringify({ auths: { 'registry.internal': { auth: base64(`me:${value}`) } } });
    assert.ok(find(text, `https://me:${value}@`).length > 0);
  });

  test('_auth of an npm config becomes a URL with a password', () => {
    assert.ok(find(`//npm.internal/:_auth=${base64(`me:${value}`)}\n`, `https://me:${value}@`).length > 0);
  });
});
