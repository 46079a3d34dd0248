// The secrets of one push, bounded: of each its first places, then how many more there are.
import type { Oid } from '../../../protocol/oid.ts';
import { type Finding, MORE_SECRETS, SEVERITIES, type Severity } from '../../push/finding.ts';

export const MAX_PLACES = 50;
export const MAX_SECRETS = 500;

interface Secret {
  readonly first: Finding;
  readonly places: Finding[];
  more: number;
}

export class SecretList {
  readonly #secrets = new Map<string, Secret>();
  /** How many secrets beyond the bound, by severity. */
  readonly #beyond = new Map<Severity, number>();
  readonly #isIgnored: (finding: Finding) => boolean;

  constructor(isIgnored: (finding: Finding) => boolean = () => false) {
    this.#isIgnored = isIgnored;
  }

  add(finding: Finding): void {
    if (this.#isIgnored(finding)) return;
    const key = `${finding.rule} ${finding.severity} ${finding.fingerprint}`;
    const secret = this.#secrets.get(key);
    if (secret !== undefined) {
      const { remedy: _, ...place } = finding;
      if (secret.places.length < MAX_PLACES) secret.places.push(place);
      else secret.more += 1;
    } else if (this.#secrets.size < MAX_SECRETS) {
      this.#secrets.set(key, { first: finding, places: [finding], more: 0 });
    } else this.#beyond.set(finding.severity, (this.#beyond.get(finding.severity) ?? 0) + 1);
  }

  /** The worst first, then in the order of `commits` (parents first), which is the order to mend them in. */
  list(commits: readonly { readonly oid: Oid }[]): readonly Finding[] {
    const position = new Map(commits.map(({ oid }, at) => [oid, at]));
    const rank = (finding: Finding) => [
      -SEVERITIES.indexOf(finding.severity),
      finding.commit === undefined ? commits.length : (position.get(finding.commit) ?? commits.length),
    ];
    const listed = [...this.#secrets.values()].flatMap(placesOf);
    const ranked = listed.map((finding) => ({ finding, rank: rank(finding) }));
    ranked.sort((one, other) => compare(one.rank, other.rank) || comparePlaces(one.finding, other.finding));
    return [...ranked.map(({ finding }) => finding), ...this.#rest()];
  }

  #rest(): readonly Finding[] {
    return [...this.#beyond].map(([severity, count]) => ({
      rule: MORE_SECRETS,
      severity,
      text: `and ${count} more, not listed one by one`,
    }));
  }
}

function placesOf({ first, places, more }: Secret): readonly Finding[] {
  if (more === 0) return places;
  const { rule, severity, fingerprint } = first;
  const text = `the same secret in ${more} more ${more === 1 ? 'place' : 'places'}`;
  return [...places, { rule, severity, text, ...(fingerprint !== undefined && { fingerprint }) }];
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [at, value] of one.entries()) if (value !== other[at]) return value - (other[at] as number);
  return 0;
}

function comparePlaces(one: Finding, other: Finding): number {
  const [path, otherPath] = [one.path ?? '', other.path ?? ''];
  if (path !== otherPath) return path < otherPath ? -1 : 1;
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}
