// `ai: { lines, share, codingAgents, models, tier, unknownLines }`: who or what wrote the new lines.
import { notCollected } from './not-collected.ts';

const PARTS = ['lines', 'share', 'codingAgents', 'models', 'tier', 'unknownLines'];

export const ai = notCollected('ai', PARTS, 'attribution');
