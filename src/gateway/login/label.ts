// What a command line calls the machine it runs on: anybody may say anything.
import { visibleText } from '../../protocol/bytes.ts';

const MAX_LABEL = 60;

export function cleanLabel(label: string | undefined): string {
  const text = visibleText((label ?? '').slice(0, MAX_LABEL)).trim();
  return text === '' ? 'a computer without a name' : text;
}
