// One object as a whole: its bytes and everything that is encoded or packed in them, against our rules and those of a
// `.gitleaks.toml`. Pure and synchronous; which thread runs it makes no difference to what it answers.
import type { KeyObject } from 'node:crypto';
import { fingerprintKeyOf } from './fingerprint.ts';
import type { GitleaksConfig } from './gitleaks/config.ts';
import { type GitleaksInEngine, gitleaksInEngine } from './gitleaks/in-engine.ts';
import type { ScanLimits } from './gitleaks/meter.ts';
import { LayerBudget } from './layers/budget.ts';
import { asBuffer } from './layers/bytes.ts';
import type { Layer } from './layers/layer.ts';
import { layersOf } from './layers/layers-of.ts';
import type { Match, SecretRule } from './rule.ts';
import { type CheckCosts, createScanner, type Scanner, type ScannerOptions } from './scan.ts';
import type { ObjectScan, ScannedObject } from './secret-scanner.ts';
import { SightingList, type Text } from './sighting-list.ts';

export interface ObjectScannerOptions extends ScannerOptions {
  readonly rules: readonly SecretRule[];
  /** Its rules count beside ours; its allowlists for all. */
  readonly gitleaks?: GitleaksConfig;
  /** 16 bytes or more; fingerprints are comparable under one key. */
  readonly fingerprintKey: Uint8Array;
}

export interface ScanCosts {
  /** One for everything that belongs together (a push, a run); default: one for each object. */
  readonly budget?: LayerBudget;
  /** For the rules of a `.gitleaks.toml`, on each text. */
  readonly limits?: ScanLimits;
}

export interface ObjectScanner {
  /** Ours, without what a `.gitleaks.toml` turns off. */
  readonly rules: readonly SecretRule[];
  readonly scan: (object: ScannedObject, costs?: ScanCosts) => ObjectScan;
  /** The same for many, faster for small ones. One answer an object, in order. */
  readonly scanAll: (objects: readonly ScannedObject[], costs?: ScanCosts) => ObjectScan[];
}

/** Prepares everything (tens of milliseconds). Throws TypeError for values and keys that cannot be used. */
export function createObjectScanner(options: ObjectScannerOptions): ObjectScanner {
  const { rules: given, gitleaks, fingerprintKey, ...scannerOptions } = options;
  const key = fingerprintKeyOf(fingerprintKey);
  const own = gitleaks && gitleaksInEngine(gitleaks);
  const rules = given.filter(({ id }) => own?.disabled.has(id) !== true);
  const scanner = createScanner([...rules, ...(own?.rules ?? [])], scannerOptions);
  const parts = { scanner, own, key };
  const scan: ObjectScanner['scan'] = (object, costs = {}) => new ObjectVisit(parts, object, costs).run();
  return {
    rules,
    scan,
    scanAll(objects, costs = {}) {
      // The words of a .gitleaks.toml are noted for one text at a time.
      if (own !== undefined) return objects.map((object) => scan(object, costs));
      const { checks } = costs.budget ?? new LayerBudget();
      const cut = new Set<number>();
      const pathMissed = new Set<number>();
      const matches = scanner.scanMany(
        objects.map(({ bytes }) => bytes),
        objects.map(({ path }) => path),
        { budget: checks, onCut: (object) => cut.add(object), onPathMissed: (object) => pathMissed.add(object) },
      );
      return objects.map((object, index) => {
        const visit = new ObjectVisit(parts, object, costs);
        const [isCut, isPathMissed] = [cut.has(index), pathMissed.has(index)];
        return visit.run({ matches: matches[index] as Match[], isCut, isPathMissed });
      });
    },
  };
}

interface Parts {
  readonly scanner: Scanner;
  readonly own: GitleaksInEngine | undefined;
  readonly key: KeyObject;
}

interface Known {
  readonly matches: readonly Match[];
  /** The budget was spent before the end. */
  readonly isCut: boolean;
  /** Something hangs on the path, which nobody said. */
  readonly isPathMissed: boolean;
}

class ObjectVisit {
  readonly #parts: Parts;
  readonly #object: ScannedObject;
  readonly #costs: ScanCosts;
  readonly #budget: LayerBudget;
  readonly #list: SightingList;
  #isPathMissed = false;

  constructor(parts: Parts, object: ScannedObject, costs: ScanCosts) {
    this.#parts = parts;
    this.#object = object;
    this.#costs = costs;
    this.#budget = costs.budget ?? new LayerBudget();
    this.#list = new SightingList(object.path ?? '', asBuffer(object.bytes), parts.key);
  }

  /** `known`: what the scanner found in the bytes themselves, if it was asked already. */
  run(known?: Known): ObjectScan {
    const { path = '', bytes, commit = '' } = this.#object;
    if (this.#parts.own?.allowsAll({ path, commit }) === true) return { findings: [], notInspected: [] };
    this.#look(this.#list.outermost(), known);
    for (const layer of layersOf(bytes, this.#budget)) {
      if (layer.kind === 'not-inspected') this.#list.miss(layer);
      else this.#layer(layer);
    }
    const scan = this.#list.answer();
    return this.#isPathMissed ? { ...scan, isPathMissed: true } : scan;
  }

  #layer(layer: Layer): void {
    this.#look(this.#list.textOf(layer));
  }

  #look(text: Text, known = this.#scan(text)): void {
    const { own } = this.#parts;
    const origin = { path: text.path, commit: this.#object.commit ?? '' };
    if (known.isCut) this.#list.missRest(text);
    if (known.isPathMissed) this.#isPathMissed = true;
    for (const match of known.matches) {
      if (own?.allows(match.rule.id, origin, text.allowanceTexts(match)) !== true) this.#list.add(text, match);
    }
    if (own === undefined) return;
    const scan = own.scan({ bytes: text.bytes, ...origin }, this.#costs.limits ?? {});
    for (const match of scan.matches) this.#list.addOwn(text, match);
    if (scan.state !== 'scanned') this.#list.missRules(text, scan.rules);
  }

  #scan(text: Text): Known {
    this.#parts.own?.begin();
    const told = { isCut: false, isPathMissed: false };
    const costs: CheckCosts = {
      budget: this.#budget.checks,
      onCut: () => {
        told.isCut = true;
      },
      onPathMissed: () => {
        told.isPathMissed = true;
      },
    };
    return { matches: this.#parts.scanner.scan(text.bytes, text.path.replaceAll('!', '/'), costs), ...told };
  }
}
