// What the values of options must look like, said before a gateway is asked. Commander names the option.
import { InvalidArgumentError } from 'commander';
import { ENTRY_TYPES } from '../domain/audit/entry.ts';
import { PUSH_STATES } from '../domain/push/push.ts';
import { MOMENT_EXAMPLES, parseDuration, parseMoment } from '../domain/units.ts';
import { UsageError } from './terminal.ts';

const ID = /^[1-9]\d{0,14}$/;

export function list(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

export function duration(text: string): string {
  if (parseDuration(text) === undefined) throw new InvalidArgumentError('Must be a duration such as 30d or 10m.');
  return text;
}

/** As it was written: the gateway's clock counts, not ours. */
export function moment(text: string): string {
  if (parseMoment(text, 0) === undefined) throw new InvalidArgumentError(`Must be a time: ${MOMENT_EXAMPLES}.`);
  return text;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Must be a whole number.');
  return Number(text);
}

/** A number from 1 to `most`. */
export function upTo(most: number) {
  return (text: string): number => {
    const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > most) throw new InvalidArgumentError(`Must be a whole number from 1 to ${most}.`);
    return count;
  };
}

export const scopes = (text: string): readonly string[] => list(oneOrMoreOf(['git', 'api'], text));
export const states = (text: string): string => oneOrMoreOf(PUSH_STATES, text);
export const entryTypes = (text: string): string => oneOrMoreOf(ENTRY_TYPES, text);

function oneOrMoreOf(known: readonly string[], text: string): string {
  const unknown = text.split(',').find((part) => !known.includes(part));
  if (unknown !== undefined) throw new InvalidArgumentError(`Must be of ${known.join(', ')}.`);
  return text;
}

/** The number of a push, as an option. */
export function pushOption(text: string): number {
  if (!ID.test(text)) throw new InvalidArgumentError('Must be the number of a push.');
  return Number(text);
}

/** The number of a push, as an argument. */
export function pushNumber(text: string): number {
  if (!ID.test(text)) throw new UsageError('the id of a push is a number');
  return Number(text);
}

/** The number of an exception, as an argument. */
export function exceptionNumber(text: string): number {
  if (!ID.test(text)) throw new UsageError('the id of an exception is a number');
  return Number(text);
}
