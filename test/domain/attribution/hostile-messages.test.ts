// A message is whatever a pusher likes, up to a megabyte: reading it must cost time in proportion to its length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENTS } from '../../../src/domain/attribution/agents/all.ts';
import { NAMELESS_TRAILERS } from '../../../src/domain/attribution/agents/generic.ts';
import { MODEL_NAME } from '../../../src/domain/attribution/agents/models.ts';
import { agentSignOffs } from '../../../src/domain/attribution/readers/message.ts';
import { readCommit } from '../../../src/domain/attribution/readers/read-commit.ts';
import { parseSyntax, type Tree } from '../../../src/domain/regex/syntax.ts';
import { commit } from './labelled-commits.ts';

const LIMITS = { depth: 10, repeat: 1000, size: 50_000 };

const PATTERNS: readonly RegExp[] = [
  ...AGENTS.flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      if (rule.reads === 'identity') return rule.name ?? [];
      if (rule.reads === 'trailer') return [rule.value];
      if (rule.reads === 'branch') return [rule.branch];
      return rule.reads === 'line' ? [rule.line, ...(rule.next === undefined ? [] : [rule.next])] : [];
    }),
  ),
  ...NAMELESS_TRAILERS.map(({ value }) => value),
  MODEL_NAME,
];

test('every pattern of the rules begins at the start and repeats nothing that repeats', () => {
  assert.ok(PATTERNS.length > 30);
  for (const { source, flags } of PATTERNS) {
    assert.ok(source.startsWith('^'), source);
    assert.match(flags, /^i?$/, source);
    const syntax = parseSyntax(source, LIMITS);
    assert.ok(syntax.ok, `${source}: ${syntax.ok ? '' : syntax.message}`);
    assert.equal(nestedRepeats(syntax.value.tree), 0, source);
  }
});

test('megabytes of what is nearly a trailer, a footer or a link take a moment', () => {
  for (const [title, near] of [
    ['no address', 'Co-authored-by: Claude <noreply@anthropic.co\n'],
    ['words behind the address', 'Co-authored-by: Claude <noreply@anthropic.com> and\n'],
    ['many people', `Co-authored-by: ${'Claude <noreply@anthropic.com>, '.repeat(30)}x\n`],
    ['brackets that open', `Co-authored-by: ${'<'.repeat(900)}\n`],
    ['blanks before nothing', `Co-authored-by:${' '.repeat(900)}x\n`],
    ['drawn lines', `${'│'.repeat(900)}\n`],
    ['literal line ends', 'x\\nCo-authored-by: Claude \\n'],
    ['model names', `Assisted-by: ${'claude-opus-'.repeat(20)}é\n`],
    ['agents in a list', `Assisted-by: ${'Claude Code (, '.repeat(60)}\n`],
    ['unclosed names', `Assisted-by: ${'a '.repeat(450)}\n`],
    ['footers', '🤖 Generated with [Claude Code](https://claude.ai/codes)\n'],
    ['sessions', `https://claude.ai/code/session_${'a'.repeat(900)}\n`],
    ['logs', `Agent-Logs-Url: https://github.com/${'a/'.repeat(400)}\n`],
    ['fences', '```\n'],
    ['blank lines', '\n \n'],
    ['bullets', '* a\n'],
    ['reverts', 'This reverts commit abcdef\n'],
    ['blanks', ' '],
    ['one line', 'co-authored-by: '],
    ['returns', '\r'],
  ] as const) {
    const subject = 'Keep the index open (#1)\n\n';
    const small = timeOf(subject + near.repeat(Math.ceil(2 ** 18 / near.length)));
    const large = timeOf(subject + near.repeat(Math.ceil(2 ** 20 / near.length)));
    // Four times the text; the rest is for the collector, and for a machine with other things to do.
    assert.ok(large < 40 * small + 500, `${title}: ${small} ms, then ${large} ms`);
  }
});

test('of a message beyond the limit the end is read, where trailers are', () => {
  const trailer = 'Co-Authored-By: Claude <noreply@anthropic.com>\n';
  const message = `subject\n\n${'x\n'.repeat(2 ** 20)}\n${trailer}`;
  assert.deepEqual(
    readCommit(commit({ message })).map(({ claim }) => claim.codingAgent),
    ['claude-code'],
  );
});

function timeOf(message: string): number {
  const from = performance.now();
  readCommit(commit({ message }));
  readCommit(
    commit({ message, parents: 2, author: { name: message.slice(0, 10_000), email: 'noreply@anthropic.com' } }),
  );
  agentSignOffs(message);
  return performance.now() - from;
}

/** Repetitions without a small bound inside a repetition. */
function nestedRepeats(tree: Tree, isInside = false): number {
  switch (tree.kind) {
    case 'empty':
    case 'set':
      return 0;
    case 'sequence':
      return tree.parts.reduce((sum, part) => sum + nestedRepeats(part, isInside), 0);
    case 'choice':
      return tree.options.reduce((sum, part) => sum + nestedRepeats(part, isInside), 0);
    case 'repeat': {
      const isOften = tree.most > 1;
      return (isOften && isInside ? 1 : 0) + nestedRepeats(tree.part, isInside || isOften);
    }
  }
}
