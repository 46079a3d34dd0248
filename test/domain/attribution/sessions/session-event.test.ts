import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { maskEvent } from '../../../../src/domain/attribution/sessions/mask-event.ts';
import { type SessionEvent, sessionKey } from '../../../../src/domain/attribution/sessions/session-event.ts';
import { RULES_MASKER } from '../../../../src/domain/secrets/mask-text.ts';
import { sampleSecret } from '../../../support/sample-secret.ts';

const SECRET = sampleSecret('github-personal-access-token', 'a session');
/** Assembled here, so that no file holds it. */
const KEY_LINES = [
  ['-----BEGIN', 'RSA PRIVATE', 'KEY-----'].join(' '),
  ...Array.from({ length: 8 }, (_, i) => createHash('sha512').update(`line ${i}`).digest('base64').slice(0, 64)),
  ['-----END', 'RSA PRIVATE', 'KEY-----'].join(' '),
];

test('the key of a session is git-ai’s', () => {
  const digest = createHash('sha256').update('claude-code:abc').digest('hex');
  assert.equal(sessionKey({ codingAgent: 'claude-code', conversation: 'abc' }), `s_${digest.slice(0, 14)}`);
});

describe('masking', () => {
  const edit = (lines: readonly string[]): SessionEvent => ({
    ...{ id: 'a', at: 1, kind: 'edit', path: 'src/a.ts', tool: 'Edit' },
    added: [{ start: 7, lines }],
  });
  const linesOf = (event: SessionEvent) => (event.kind === 'edit' ? (event.added[0]?.lines ?? []) : []);

  test('takes a secret out of a line and leaves the rest of it, and all other lines', () => {
    const lines = ['', '+++ b/x', '@@ -1 +1 @@', `const token = "${SECRET}"; // mine`, '\\ No newline', ' }', '-'];
    const masked = linesOf(maskEvent(edit(lines), RULES_MASKER));
    assert.deepEqual(masked.toSpliced(3, 1), lines.toSpliced(3, 1));
    assert.match(masked[3] ?? '', /^const token = ".*….*"; \/\/ mine$/);
    assert.ok(!masked.join().includes(SECRET));
  });

  test('takes a key out of all the lines that it is in, and leaves as many', () => {
    const masked = linesOf(maskEvent(edit(['before', ...KEY_LINES, 'after']), RULES_MASKER));
    assert.equal(masked.length, KEY_LINES.length + 2);
    assert.deepEqual([masked[0], masked.at(-1)], ['before', 'after']);
    for (const line of KEY_LINES.slice(1, -1)) assert.ok(!masked.join('\n').includes(line));
  });

  test('is for prompts, paths and tools as well', () => {
    const events: readonly SessionEvent[] = [
      { id: 'a', at: 1, kind: 'prompt', prompt: `use ${SECRET}`, digest: 'd'.repeat(64) },
      { ...edit(['x']), path: `a/${SECRET}`, tool: `Bash ${SECRET}` } as SessionEvent,
      { id: 'c', at: 1, kind: 'commit', commit: 'c', files: [{ path: `a/${SECRET}`, blob: 'b', ranges: [[1, 2]] }] },
    ];
    for (const event of events) assert.ok(!JSON.stringify(maskEvent(event, RULES_MASKER)).includes(SECRET), event.kind);
  });

  test('leaves what has no secret as it was', () => {
    const events: readonly SessionEvent[] = [
      { id: 'a', at: 1, kind: 'session-start' },
      edit(['const a = 1;', '', '\ttabbed']),
      { id: 'a', at: 1, kind: 'prompt', prompt: 'make it so\n', digest: 'd'.repeat(64) },
    ];
    for (const event of events) assert.deepEqual(maskEvent(event, RULES_MASKER), event);
  });
});
