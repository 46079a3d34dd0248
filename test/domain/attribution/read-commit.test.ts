import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { AGENTS, CODING_AGENTS, RULE_SET } from '../../../src/domain/attribution/agents/all.ts';
import { type Evidence, isAtLeast, MAX_RAW, UNKNOWN_AI } from '../../../src/domain/attribution/evidence.ts';
import { type CommitToRead, commitKind } from '../../../src/domain/attribution/readers/commit-to-read.ts';
import { MAX_MESSAGE_EVIDENCE } from '../../../src/domain/attribution/readers/message.ts';
import { readCommit } from '../../../src/domain/attribution/readers/read-commit.ts';
import { encodeBytes } from '../../../src/protocol/bytes.ts';
import { ALICE, AUTHORED, BOTS, commit, DECLARED, github, MENTIONS, PEOPLE, WEB_FLOW } from './labelled-commits.ts';

const AGENT_LOGS = 'Agent-Logs-Url: https://github.com/acme/shop/sessions/0f8fad5b-d9cb-469f-a165-70867728950e';
const BODY = 'storage: keep the index open\n\nOpening it for each look-up costs a millisecond.\n\n';

test('a trailer names its agent and nobody else, with model and session', () => {
  for (const [agent, trailer, { model, session } = {}] of DECLARED) {
    const evidence = readCommit(commit({ message: `${BODY}${trailer}\n` }));
    assert.equal(evidence.length, 1, `${trailer}: ${JSON.stringify(evidence)}`);
    const [{ claim, tier, isMalformed, source }] = evidence as readonly [Evidence];
    assert.deepEqual([claim.by, claim.codingAgent, claim.model, claim.session], ['ai', agent, model, session], trailer);
    assert.deepEqual([tier, isMalformed, source.raw], ['E2', undefined, trailer], trailer);
  }
});

test('an author that is an agent is named, with who asked for the work', () => {
  for (const [agent, name, email] of AUTHORED) {
    const message = `${BODY}Co-authored-by: Carol Roe <carol@example.com>\n`;
    const evidence = readCommit(commit({ author: { name, email }, committer: WEB_FLOW, message }));
    assert.deepEqual(
      evidence.map(({ kind, tier, claim }) => [kind, tier, claim.by, claim.codingAgent]),
      [['author', 'E2', 'ai', agent]],
      email,
    );
    const human = name.includes('(') ? 'Alice Doe <alice@example.com>' : 'Carol Roe <carol@example.com>';
    assert.equal(evidence[0]?.claim.human, human);
  }
});

test('every agent of the table has a commit here that names it', () => {
  const labelled = new Set([...DECLARED, ...AUTHORED].map(([agent]) => agent));
  const hintsOnly = ['windsurf', 'goose'];
  assert.deepEqual(
    AGENTS.map(({ id }) => id).filter((id) => !labelled.has(id)),
    hintsOnly.toSorted(),
  );
  for (const id of labelled) assert.ok(Object.hasOwn(CODING_AGENTS, id), id);
});

test('people who are called like an agent, or work where it is made, are no agents', () => {
  for (const [name, email] of PEOPLE) {
    const person = { name, email };
    const roles = [
      commit({ author: person }),
      commit({ author: ALICE, committer: person }),
      commit({ message: `${BODY}Signed-off-by: ${name} <${email}>\n` }),
    ];
    for (const one of roles) assert.deepEqual(readCommit(one), [], email);
    if (email === 'opensource@block.xyz') continue;
    assert.deepEqual(readCommit(commit({ message: `${BODY}Co-authored-by: ${name} <${email}>\n` })), [], email);
  }
});

test('bots that are no coding agents are automation, neither human nor AI', () => {
  for (const [name, email] of BOTS) {
    const author = { name, email };
    const claims = [
      readCommit(commit({ author, message: 'build(deps): bump yaml from 2.9.0 to 2.9.1\n' })),
      readCommit(commit({ message: `${BODY}Co-authored-by: ${name} <${email}>\n` })),
    ];
    // Which of those that nobody listed are coding agents, nobody knows.
    const tier = email.includes('allcontributors') || email.includes('claude') ? 'E1' : 'E2';
    for (const evidence of claims) {
      const said = evidence.map((item) => [item.tier, item.claim]);
      assert.deepEqual(said, [[tier, { by: 'automation' }]], email);
    }
  }
});

test('words, quotations and examples are no evidence', () => {
  for (const message of MENTIONS) assert.deepEqual(readCommit(commit({ message })), [], message);
  for (const [, trailer] of DECLARED) {
    for (const message of [
      `docs: ${trailer}\n`,
      `docs: trailers\n\nIt ends in ${trailer}\n`,
      `docs: trailers\n\n    ${trailer}\n`,
      `docs: trailers\n\n> ${trailer}\n`,
      `docs: trailers\n\n\`\`\`text\n${trailer}\n\`\`\`\n\nThat was all.\n`,
      `docs: trailers\n\n${trailer} is what it writes, and we strip it.\n`,
    ]) {
      assert.deepEqual(readCommit(commit({ message })), [], message);
    }
  }
});

test('a revert is not the work of the agent that it reverts', () => {
  for (const [, trailer] of DECLARED) {
    for (const message of [
      `Revert "storage: keep the index open"\n\nThis reverts commit ${'a'.repeat(40)}.\n\n> ${trailer}\n`,
      `Revert "storage: keep the index open"\n\n${trailer}\n\nThis reverts commit ${'a'.repeat(40)}.\n`,
      `Revert "storage: keep the index open"\n\nIt said:\n${trailer}\n`,
      `revert: keep the index open\n\n  ${trailer}\n`,
      `revert: keep the index open\n${trailer}\n`,
      `Reapply "x"\n\nThis reverts commit abcdef0.\n${trailer}\n`,
    ]) {
      assert.equal(commitKind(commit({ message })), 'revert');
      assert.deepEqual(readCommit(commit({ message })), [], message);
    }
  }
  const own = 'Revert "x"\n\nThis reverts commit abcdef0.\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n';
  assert.deepEqual(named(commit({ message: own })), ['claude-code']);
});

test('a merge is not the work of the agents whose commits it brings', () => {
  for (const [, trailer] of DECLARED) {
    for (const message of [
      `Merge pull request #7 from acme/claude/fix\n\nKeep the index open\n\n${trailer}\n\nReviewed by Bob.\n`,
      `Merge branch 'codex/fix'\n\n* codex/fix:\n  storage: keep the index open\n  ${trailer}\n`,
      `Merge branch 'fix'\n\nBrings:\n${trailer}\n`,
    ]) {
      assert.deepEqual(readCommit(commit({ message, parents: 2 })), [], message);
    }
  }
  const footer =
    'Merge pull request #7 from a/b\n\nTitle\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)\n';
  assert.deepEqual(readCommit(commit({ message: footer, parents: 2 })), []);
  const own =
    "Merge branch 'main'\n\nSigned-off-by: A <a@example.com>\nCo-Authored-By: Claude <noreply@anthropic.com>\n";
  assert.deepEqual(named(commit({ message: own, parents: 2 })), ['claude-code']);
});

test('of a squash it is only known that the agents had part in it', () => {
  for (const [agent, trailer] of DECLARED) {
    for (const message of [
      `Keep the index open (#12)\n\n* open it once\n\n* close it at the end\n\n${trailer}\n`,
      `Keep the index open (#12)\n\nOpens it once.\n\n---------\n\n${trailer}\n`,
      `Squashed commit of the following:\n\ncommit ${'a'.repeat(40)}\nAuthor: A <a@example.com>\n\n    open it\n\n    ${trailer}\n`,
    ]) {
      const evidence = readCommit(commit({ message }));
      assert.deepEqual([commitKind(commit({ message })), named(commit({ message }))], ['squash', [agent]], message);
      assert.ok(evidence.every(({ isPartial }) => isPartial === true));
    }
  }
  const message = 'Keep it open (#12)\n\n* one\n* two\n';
  const [item] = readCommit(commit({ author: { name: 'Copilot', email: github('198982749+Copilot') }, message }));
  assert.equal(item?.isPartial, true);
  const withRevert = 'Keep it open (#12)\n\n* one\n\n* Revert "one"\n\nThis reverts commit abcdef0.\n';
  assert.equal(commitKind({ message: withRevert, parents: 1 }), 'squash');
  assert.equal(commitKind({ message: 'Keep the index open (#12)\n\nOne sentence.\n', parents: 1 }), 'ordinary');
  assert.equal(commitKind({ message: 'Keep the index open\n\n* one\n* two\n', parents: 1 }), 'ordinary');
});

test('two agents in one commit are both listed', () => {
  const both = commit({
    author: { name: 'Codex', email: 'codex@openai.com' },
    message: `${BODY}Co-Authored-By: Claude <noreply@anthropic.com>\n`,
  });
  assert.deepEqual(named(both), ['claude-code', 'openai-codex']);
});

test('footers and links that stand by themselves are read', () => {
  for (const [line, kind, session] of [
    ['🤖 Generated with [Claude Code](https://claude.ai/code)', 'footer', undefined],
    ['🤖 Generated with [Claude Code](https://claude.com/claude-code)', 'footer', undefined],
    ['Generated with [Claude Code](https://claude.com/claude-code)', 'footer', undefined],
    ['🤖 Generated with [Firebender](https://firebender.com)', 'footer', undefined],
    ['https://claude.ai/code/session_01XyZ', 'session-link', 'session_01XyZ'],
    ['https://claude.ai/code/session_01XyZ\r', 'session-link', 'session_01XyZ'],
  ] as const) {
    const message = `${BODY}${line}\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n`;
    const evidence = readCommit(commit({ message }));
    assert.deepEqual(
      evidence.map((item) => item.kind),
      [kind, 'trailer'],
      line,
    );
    assert.deepEqual([evidence[0]?.claim.session, evidence[0]?.isMalformed], [session, undefined]);
  }
});

test('trailers that git would not find are found, and said to be malformed', () => {
  const claude = 'Co-authored-by: Claude <noreply@anthropic.com>';
  for (const [message, agent] of [
    [`keep it open\\n\\n${claude}\n`, 'claude-code'],
    [`keep it open\n\n${claude}\n\nAnd closed at the end.\n`, 'claude-code'],
    [`keep it open\n\n│${claude}\n`, 'claude-code'],
    [`keep it open\n\n│ ${claude} │\n`, 'claude-code'],
    ['keep it open\n\nCo-authored-by: Claude noreply@anthropic.com\n', 'claude-code'],
    ['keep it open\n\nCo-authored-by: Claude <noreply@anthropic.com\n', 'claude-code'],
    ['keep it open\n\nCoauthored-by: Claude <noreply@anthropic.com>\n', 'claude-code'],
    ['keep it open\n\nCo-authored-by: Ann <a@example.com>, Claude <noreply@anthropic.com>\n', 'claude-code'],
    ['keep it open\n\nAssited-by: Claude Code\n', 'claude-code'],
    ['keep it open\n\nAssisted by: Cursor\n', 'cursor'],
    ['keep it open\n\nAssisted-by Codex (gpt-5.4)\n', 'openai-codex'],
  ] as const) {
    const evidence = readCommit(commit({ message }));
    assert.deepEqual(
      evidence.map(({ claim, isMalformed }) => [claim.codingAgent, isMalformed]),
      [[agent, true]],
      message,
    );
  }
});

test('weak signs are hints: weak addresses, who only committed, dated marks, unnamed AI', () => {
  const aider = { name: 'Alice Doe (aider)', email: ALICE.email };
  for (const [title, one, agent] of [
    ['an address that an agent made up', { author: { name: 'Claude', email: 'claude@anthropic.com' } }, 'claude-code'],
    ['a cloud of the makers', { author: { name: 'x', email: github('276134852+cline-cloud[bot]') } }, 'cline'],
    ['a footer', { message: `${BODY}Generated with [Augment Code](https://www.augmentcode.com)\n` }, 'augment'],
    ['windsurf', { author: { name: 'W', email: 'cascade@windsurf.ai' } }, 'windsurf'],
    ['a mailbox of the makers', { message: `${BODY}Co-authored-by: g <opensource@block.xyz>` }, 'goose'],
    ['aider committed what was there', { author: ALICE, committer: aider }, 'aider'],
    [
      'an agent only committed',
      { author: ALICE, committer: { name: 'C', email: 'noreply@anthropic.com' } },
      'claude-code',
    ],
    ['a subject', { message: 'aider: rename the field\n' }, 'aider'],
    ['some AI', { message: `${BODY}AI-assisted: yes\n` }, UNKNOWN_AI],
    ['some model of some kind', { message: `${BODY}Assisted-by: generic LLM chatbot\n` }, UNKNOWN_AI],
    ['the message alone', { message: `${BODY}Commit-message-written-by: Claude Code\n` }, 'claude-code'],
    [
      'logs before there were any',
      { message: `${BODY}${AGENT_LOGS}\n`, committedAt: Date.parse('2025-06-01') },
      'github-copilot-coding-agent',
    ],
    ['an old name', { author: { name: 'OpenDevin', email: 'opendevin@all-hands.dev' } }, 'openhands'],
  ] as const) {
    const evidence = readCommit(commit(one));
    assert.deepEqual(
      evidence.map(({ tier, claim }) => [tier, claim.codingAgent]),
      [['E1', agent]],
      title,
    );
  }
  const old = {
    author: { name: 'OpenDevin', email: 'opendevin@all-hands.dev' },
    committedAt: Date.parse('2024-05-01'),
  };
  assert.deepEqual(
    readCommit(commit(old)).map(({ tier }) => tier),
    ['E2'],
  );
});

test('what VS Code added to everything counts as a hint in those weeks', () => {
  const message = `${BODY}Co-authored-by: Copilot <copilot@github.com>\n`;
  for (const [committed, received, tier] of [
    ['2026-04-14T23:59:59Z', '2026-08-01', 'E2'],
    ['2026-04-15T00:00:00Z', '2026-08-01', 'E1'],
    ['2026-06-30T23:59:59Z', '2026-08-01', 'E1'],
    ['2026-07-01T00:00:00Z', '2026-08-01', 'E2'],
    // A date behind its receipt is made up.
    ['2027-01-01T00:00:00Z', '2026-05-01', 'E1'],
    [undefined, '2026-05-01', 'E1'],
  ] as const) {
    const dates = {
      receivedAt: Date.parse(received),
      ...(committed === undefined ? {} : { committedAt: Date.parse(committed) }),
    };
    const { committedAt: _, ...undated } = commit({ message });
    const one: CommitToRead = { ...undated, ...dates };
    assert.deepEqual(
      readCommit(one).map((item) => item.tier),
      [tier],
      `${committed} ${received}`,
    );
  }
});

test('accepted suggestions, and assistants that may have written the message alone, are partial', () => {
  for (const trailer of [
    `Co-authored-by: Copilot <${github('175728472+Copilot')}>`,
    `Co-authored-by: gemini-code-assist[bot] <${github('176961590+gemini-code-assist[bot]')}>`,
    'Replit-Commit-Author: Assistant',
  ]) {
    assert.deepEqual(
      readCommit(commit({ message: `${BODY}${trailer}\n` })).map((item) => item.isPartial),
      [true],
      trailer,
    );
  }
});

test('a model without an agent is some AI, and a tool version is kept', () => {
  const claims = (value: string) =>
    readCommit(commit({ message: `${BODY}Assisted-by: ${value}\n` })).map(({ claim }) => claim);
  assert.deepEqual(claims('Claude Opus 4.5'), [{ by: 'ai', codingAgent: UNKNOWN_AI, model: 'Claude Opus 4.5' }]);
  assert.deepEqual(claims('homegrown:gpt-5.4 sparse'), [{ by: 'ai', codingAgent: UNKNOWN_AI, model: 'gpt-5.4' }]);
  const trailer = 'Co-Authored-By: Claude Code 2.1.133 / Claude Opus 4.7 (1M context) <noreply@anthropic.com>';
  const [item] = readCommit(commit({ message: `${BODY}${trailer}\n` }));
  assert.deepEqual([item?.claim.toolVersion, item?.claim.model], ['2.1.133', 'Claude Opus 4.7']);
  assert.deepEqual(claims('Claude Code v2.1.3'), [{ by: 'ai', codingAgent: 'claude-code', toolVersion: '2.1.3' }]);
  assert.deepEqual(
    claims('Claude Code, Cursor').map(({ codingAgent }) => codingAgent),
    ['claude-code', 'cursor'],
  );
});

test('the old shapes of aider are known', () => {
  const chat = commit({ message: 'Rename the field\n\n# Aider chat conversation:\n\nUSER: rename\n' });
  assert.deepEqual(
    readCommit(chat).map(({ tier, claim }) => [tier, claim.codingAgent]),
    [['E2', 'aider']],
  );
  const context = commit({ message: 'Rename the field\n\n# Context:\nUSER: rename\n' });
  assert.deepEqual(
    readCommit(context).map(({ tier, claim }) => [tier, claim.codingAgent]),
    [['E1', 'aider']],
  );
  assert.deepEqual(readCommit(commit({ message: 'Rename\n\n# Context:\nnone\n' })), []);
});

test('precision on everything labelled is 1: no agent but the right one, no human and no bot', () => {
  const labelled: readonly (readonly [CommitToRead, string | undefined])[] = [
    ...DECLARED.map(([agent, trailer]) => [commit({ message: `${BODY}${trailer}` }), agent] as const),
    ...AUTHORED.map(([agent, name, email]) => [commit({ author: { name, email } }), agent] as const),
    ...[...PEOPLE, ...BOTS].map(([name, email]) => [commit({ author: { name, email } }), undefined] as const),
    ...MENTIONS.map((message) => [commit({ message }), undefined] as const),
  ];
  const declared = labelled.flatMap(([one, wanted]) => declaredAgents(one).map((agent) => agent === wanted));
  assert.equal(declared.filter((isRight) => !isRight).length, 0);
  const found = labelled.filter(([one, wanted]) => wanted !== undefined && declaredAgents(one).includes(wanted));
  assert.equal(found.length, DECLARED.length + AUTHORED.length);
});

test('whatever is read never throws, and what is kept of it is short and has the right digest', () => {
  const fragment = fc.oneof(
    fc.constantFrom(...DECLARED.map(([, trailer]) => trailer), ...MENTIONS, ...PEOPLE.map(([, email]) => email)),
    fc.constantFrom(
      '\n',
      '\n\n',
      '\\n',
      ':',
      '<',
      '>',
      '│',
      '```\n',
      '* a\n',
      ' (#1)\n',
      'Revert "',
      'Co-authored-by: ',
      ' ',
      ',',
    ),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\ud83e', '\udd16', '\udc80', '🤖', 'x') }),
  );
  const text = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(''));
  const someone = fc.record({
    name: text,
    email: fc.oneof(text, fc.constantFrom(...AUTHORED.map(([, , email]) => email))),
  });
  const one = fc.record({
    author: someone,
    committer: someone,
    message: text,
    parents: fc.nat(3),
    committedAt: fc.double(),
  });
  fc.assert(
    fc.property(one, (given) => {
      const whole = [given.message, written(given.author), written(given.committer)];
      for (const item of readCommit(commit(given))) {
        assert.ok(item.source.raw.length <= MAX_RAW);
        assert.match(item.source.rawSha256, /^[0-9a-f]{64}$/);
        assert.ok(
          whole.some((from) => from.includes(item.source.raw)),
          'the excerpt is of the commit',
        );
        if (item.source.raw.length >= MAX_RAW - 1) continue;
        assert.equal(item.source.rawSha256, createHash('sha256').update(encodeBytes(item.source.raw)).digest('hex'));
      }
    }),
    { numRuns: 500 },
  );
});

test('the digest is of all that was read, the excerpt of its start', () => {
  const name = `Claude ${'🤖'.repeat(150)}`;
  const trailer = `Co-authored-by: ${name} <noreply@anthropic.com>`;
  const [item] = readCommit(commit({ message: `${BODY}${trailer}\n` }));
  assert.equal(item?.source.rawSha256, createHash('sha256').update(trailer).digest('hex'));
  assert.ok(trailer.startsWith(item?.source.raw ?? 'none'));
  assert.ok(item?.source.raw.isWellFormed());
});

test('a message yields a bounded number of items, each once', () => {
  const trailer = (at: number) => `Claude-Session: https://claude.ai/code/session_${at}\n`;
  const many = Array.from({ length: 1000 }, (_, at) => trailer(at)).join('');
  assert.equal(readCommit(commit({ message: `${BODY}${many}` })).length, MAX_MESSAGE_EVIDENCE);
  assert.equal(readCommit(commit({ message: `${BODY}${trailer(1).repeat(1000)}` })).length, 1);
});

test('the rule set has a name that changes with the rules', () => {
  assert.match(RULE_SET, /^\d{4}-\d\d-\d\d\+[0-9a-f]{12}$/);
  assert.equal(CODING_AGENTS['claude-code'], 'Claude Code');
  assert.ok(Object.hasOwn(CODING_AGENTS, UNKNOWN_AI));
});

function named(one: CommitToRead): readonly string[] {
  return [...new Set(readCommit(one).flatMap(({ claim }) => claim.codingAgent ?? []))].toSorted();
}

function declaredAgents(one: CommitToRead): readonly string[] {
  const declared = readCommit(one).filter(({ tier }) => isAtLeast(tier, 'E2'));
  return [...new Set(declared.flatMap(({ claim }) => claim.codingAgent ?? []))];
}

function written({ name, email }: { readonly name: string; readonly email: string }): string {
  return `${name} <${email}>`;
}
