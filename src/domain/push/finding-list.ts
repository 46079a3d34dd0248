// Findings of one inspection, bounded: a push can hold a million odd names, and nobody reads more than a few.
import { type Finding, SEVERITIES } from './finding.ts';

const MAX_PER_KIND = 100;

export class FindingList {
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<string, { total: number; readonly first: Finding }>();

  add(finding: Finding): void {
    // Per severity as well: a flood of harmless findings must not push a bad one off the list.
    const kind = `${finding.rule} ${finding.severity}`;
    const count = this.#counts.get(kind) ?? { total: 0, first: finding };
    count.total += 1;
    this.#counts.set(kind, count);
    if (count.total <= MAX_PER_KIND) this.#kept.push(finding);
  }

  /** The worst first; one line stands for those of a kind that were too many. */
  list(): Finding[] {
    const more: Finding[] = [];
    for (const { total, first } of this.#counts.values()) {
      const { rule, severity } = first;
      if (total > MAX_PER_KIND) more.push({ rule, severity, text: `and ${total - MAX_PER_KIND} more of this kind` });
    }
    return [...this.#kept.toSorted(byWeight), ...more];
  }
}

function byWeight(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    order(a.rule, b.rule) ||
    order(a.path ?? '', b.path ?? '') ||
    order(a.commit ?? '', b.commit ?? '')
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
