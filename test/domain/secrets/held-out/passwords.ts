// Passwords as people choose them, or as their password managers do.
import type { Random } from '../support/random.ts';
import { lettersOf } from './letters.ts';

const WORDS =
  'amber anchor apple autumn badger bamboo basalt bicycle biscuit breeze cactus canyon carbon castle cedar cobalt comet copper coral cosmic cotton cricket dagger delta dolphin dragon eagle ember falcon fennel ferry flint forest galaxy garden ginger glacier granite hammer harbor hazel helmet heron honey island ivory jaguar jungle kettle lagoon lantern lemon lizard magnet maple marble meadow mellow meteor monkey nebula nickel ocean olive orbit otter panda paper pepper pirate planet pocket puzzle quartz rabbit raven river rocket saddle saffron salmon sherpa silver sparrow spider summit sunset tango thunder tiger timber tulip tundra turbo velvet violet walnut willow winter wizard yellow zebra'.split(
    ' ',
  );

type Style = (random: Random) => string;

const PLAIN: readonly Style[] = [
  (random) => `${capital(random)}${capital(random)}${10 + random.next(90)}`,
  (random) => `${word(random)}-${word(random)}-${word(random)}-${10 + random.next(90)}`,
  (random) => `${word(random)}${word(random)}${1950 + random.next(75)}`,
  (random) => `${leet(word(random))}_${leet(capital(random))}${random.next(10)}`,
  (random) => lettersOf('alnum', 12 + random.next(13), random),
  (random) => lettersOf('lower', 16, random),
];

const SYMBOLS: readonly Style[] = [
  (random) => `${capital(random)}${1990 + random.next(36)}!`,
  (random) => `${leet(capital(random))}#${leet(word(random))}${random.next(100)}`,
  (random) => `${word(random)}@${capital(random)}!${random.next(1000)}`,
  (random) => symbols(14 + random.next(8), random),
  (random) => `${capital(random)}.${capital(random)}?${10 + random.next(90)}`,
];

/** `plain`: only letters, digits, `.`, `-` and `_`; `any`: also `!#@%*+?^`, never quotes, `$`, `&` or backslashes. */
export function passwordOf(random: Random, style: 'plain' | 'any'): string {
  return random.pick(style === 'plain' ? PLAIN : [...PLAIN, ...SYMBOLS])(random);
}

function word(random: Random): string {
  return random.pick(WORDS);
}

function capital(random: Random): string {
  const text = word(random);
  return (text[0] as string).toUpperCase() + text.slice(1);
}

function leet(text: string): string {
  return text.replaceAll('o', '0').replaceAll('i', '1').replaceAll('a', '4').replaceAll('e', '3');
}

function symbols(length: number, random: Random): string {
  const rest = Array.from({ length: length - 4 }, () =>
    random.pick('abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789'),
  );
  for (let i = 0; i < 4; i++) rest.splice(1 + random.next(rest.length - 1), 0, random.pick('!#@%*+?^'));
  return rest.join('');
}
