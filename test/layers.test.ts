// The house: a room imports only rooms below it. This test is the rule; ARCHITECTURE.md explains it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const SRC = resolve(import.meta.dirname, '../src');

/** Room (longest prefix wins) → the rooms it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  domain: ['protocol'],
  conversation: ['domain', 'protocol'],
  'adapters/disk': [],
  'adapters/log': ['domain', 'protocol'],
  'adapters/config': ['adapters/log', 'domain', 'protocol'],
  'adapters/git': ['adapters/log', 'domain', 'protocol'],
  'adapters/store': ['adapters/log', 'domain', 'protocol'],
  'adapters/keys': ['adapters/log', 'domain', 'protocol'],
  'adapters/identity': ['adapters/log', 'domain', 'protocol'],
  'adapters/process': [],
  'adapters/attribution': [
    'adapters/git',
    'adapters/process',
    'adapters/signatures',
    'adapters/store',
    'domain',
    'protocol',
  ],
  'adapters/scanner': ['adapters/git', 'adapters/process', 'adapters/log', 'domain', 'protocol'],
  'adapters/recordings': ['adapters/log', 'domain', 'protocol'],
  'adapters/signatures': ['adapters/log', 'domain', 'protocol'],
  link: ['protocol'],
  agent: ['domain', 'link', 'protocol'],
  'demo-upstream': ['protocol'],
  'gateway/login': ['adapters/identity', 'adapters/log', 'domain', 'gateway', 'protocol'],
  'gateway/ssh-door': ['adapters/log', 'domain', 'protocol'],
  'gateway/api': ['adapters/identity', 'adapters/log', 'conversation', 'domain', 'gateway', 'protocol'],
  gateway: ['adapters', 'agent', 'conversation', 'domain', 'gateway', 'link', 'protocol'],
  cli: ['adapters', 'agent', 'conversation', 'demo-upstream', 'domain', 'gateway', 'protocol'],
};

/** Built-in modules that do I/O: protocol and domain are values in, values out. */
const NO_IO = /^node:(?!buffer$|crypto$|util$|stream$|zlib$|string_decoder$)/;
const PURE = ['protocol', 'domain'];

function roomOf(file: string): string {
  const path = relative(SRC, file);
  const rooms = Object.keys(MAY_IMPORT).filter((room) => path.startsWith(`${room}/`));
  const room = rooms.toSorted((a, b) => b.length - a.length)[0];
  assert.ok(room, `src/${path} is in no room: name it in layers.test.ts and ARCHITECTURE.md`);
  return room;
}

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)].map((match) => match[1] as string);
}

test('every import points down', () => {
  const upward: string[] = [];
  for (const file of sources(SRC)) {
    const room = roomOf(file);
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = roomOf(resolve(dirname(file), specifier));
      const allowed = [room, ...(MAY_IMPORT[room] ?? [])];
      if (!allowed.some((one) => target === one || target.startsWith(`${one}/`))) {
        upward.push(`${relative(SRC, file)} (${room}) imports ${specifier} (${target})`);
      }
    }
  }
  assert.deepEqual(upward, []);
});

test('protocol and domain do no I/O', () => {
  const found: string[] = [];
  for (const room of PURE) {
    for (const file of sources(join(SRC, room))) {
      for (const specifier of importsOf(file)) {
        if (NO_IO.test(specifier)) found.push(`${relative(SRC, file)} imports ${specifier}`);
      }
    }
  }
  assert.deepEqual(found, []);
});

test('only the agent and its wiring see how upstreams are reached', () => {
  const importers = sources(SRC)
    .filter((file) => importsOf(file).some((specifier) => /\/agent\/[\w-]+\.ts$/.test(specifier)))
    .map((file) => relative(SRC, file))
    .filter((file) => !file.startsWith('cli/'));
  assert.deepEqual(importers, ['gateway/main.ts']);
});
