// An event of a session without its secrets. Lines keep their places: the piece is looked at as a whole, as the file it is
// part of, since a key is spread over lines.
import { maskDiff } from '../../secrets/mask-diff.ts';
import type { Masker } from '../../secrets/mask-text.ts';
import type { AddedPiece, SessionEvent } from './session-event.ts';

/** The event with every text of it masked; digests and ids stay. */
export function maskEvent(event: SessionEvent, mask: Masker): SessionEvent {
  switch (event.kind) {
    case 'prompt':
      return { ...event, prompt: mask.text(event.prompt) };
    case 'edit':
      return {
        ...event,
        path: mask.text(event.path),
        tool: mask.text(event.tool),
        added: event.added.map((piece) => maskPiece(piece, event.path, mask)),
      };
    case 'commit':
      return { ...event, files: event.files.map((file) => ({ ...file, path: mask.text(file.path) })) };
    case 'session-start':
    case 'session-end':
      return event;
  }
}

function maskPiece({ start, lines }: AddedPiece, path: string, mask: Masker): AddedPiece {
  const diff = [`+++ b/${path}`, '@@ @@', ...lines.map((line) => `+${line}`)].join('\n');
  const masked = maskDiff(diff, mask).split('\n').slice(2);
  return { start, lines: masked.map((line) => line.slice(1)) };
}
