// Attribution notes of srctrace (refs/notes/srctrace/attribution):
//
//   { "v": 1, "f": { path: [ { "s": "agent|cursor(model)", "l": [1, "5-9"] } ] } }
//
// `s` is read when it begins with `agent|` or `human|`; other speakers say nothing that is known. The record does not name
// its commit.
import { ProtocolError } from '../../../protocol/errors.ts';
import type { Claim, LineRange } from '../evidence.ts';
import { joinRanges } from '../lines/line-ranges.ts';
import { elementsOf, type Members, membersOf, parseJson, textOf } from './json-value.ts';
import type { LineClaim, LineRecord } from './line-claim.ts';
import * as limits from './note-limits.ts';
import { parseRanges, type RangeBudget } from './range-text.ts';
import { agentOfTool, boundedText, modelOf } from './tool-names.ts';

export const SRCTRACE_REF = 'refs/notes/srctrace/attribution';

export type ParsedSrctrace = { readonly outcome: 'parsed'; readonly record: LineRecord } | limits.RefusedNote;

export function parseSrctrace(bytes: Buffer): ParsedSrctrace {
  return limits.orRefused(() => {
    limits.checkNoteSize(bytes);
    const json = membersOf(parseJson(bytes));
    const files = membersOf(json?.get('f'));
    if (json?.get('v') !== 1 || files === undefined)
      throw new ProtocolError('bad-line', 'no srctrace record of version 1');
    if (files.size > limits.MAX_NOTE_FILES) throw new ProtocolError('limit-exceeded', 'too many files');
    const budget: RangeBudget = { left: limits.MAX_NOTE_RANGES };
    const claims = [...files].flatMap(([path, parts]) => claimsOfFile(path, parts, budget));
    return {
      outcome: 'parsed',
      record: { kind: 'other-note', rule: 'srctrace/lines', ruleVersion: '1', names: 'none', claims },
    };
  });
}

const SPEAKER = /^(agent|human)\|([^()|]{1,100})(?:\(([^()]{1,200})\))?$/;

function claimsOfFile(path: string, parts: unknown, budget: RangeBudget): LineClaim[] {
  if (Buffer.byteLength(path) > limits.MAX_PATH_BYTES) throw new ProtocolError('limit-exceeded', 'a path is too long');
  const elements = elementsOf(parts, limits.MAX_FILE_RANGES, 'statements about one file');
  if (elements === undefined) throw new ProtocolError('bad-line', 'the statements about a file are no list');
  return elements.flatMap((element) => {
    const part = membersOf(element);
    const speaker = SPEAKER.exec(textOf(part?.get('s')) ?? '');
    if (part === undefined || speaker === null) return [];
    const ranges = rangesOf(part, budget);
    return ranges.length === 0 ? [] : [{ path, ranges, claim: claimOf(speaker), raw: boundedText(speaker[0]) }];
  });
}

function claimOf([, by, name, modelName]: RegExpExecArray): Claim {
  if (by === 'human') return { by, human: boundedText(name as string) };
  const model = modelOf(modelName);
  return { by: 'ai', ...agentOfTool(name), ...(model === undefined ? {} : { model }) };
}

function rangesOf(part: Members, budget: RangeBudget): LineRange[] {
  const lines = elementsOf(part.get('l'), limits.MAX_FILE_RANGES, 'line ranges');
  if (lines === undefined) throw new ProtocolError('bad-line', 'the lines of a statement are no list');
  return joinRanges(lines.flatMap((line) => parseRanges(String(line), budget)));
}
