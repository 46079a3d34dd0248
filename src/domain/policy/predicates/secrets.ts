// `secrets: { severity, rules }`: credentials in the new content.
import { notCollected } from './not-collected.ts';

export const secrets = notCollected('secrets', ['severity', 'rules'], 'secret scanning');
