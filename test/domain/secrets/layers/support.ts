// What the tests of layers share: secrets put together at run time, and a search as a scanner would do it.
import { DEFAULT_LAYER_LIMITS, LayerBudget, type LayerLimits } from '../../../../src/domain/secrets/layers/budget.ts';
import type { Layer, NotInspected } from '../../../../src/domain/secrets/layers/layer.ts';
import { layersOf } from '../../../../src/domain/secrets/layers/layers-of.ts';

export const SECRET = ['gh', 'p_', 'Zq7Rk2Lw9Xc4Vb8Nm1Tg5Yh3Jd6Fs0Pa'].join('');

export interface Found {
  /** Path of the layer the text stands in. */
  readonly path: string;
  /** The file it is in (empty: the outermost bytes) and where. */
  readonly file: string;
  readonly offset: number;
}

export function partsOf(bytes: Uint8Array | string, limits: Partial<LayerLimits> = {}): (Layer | NotInspected)[] {
  const budget = new LayerBudget({ ...DEFAULT_LAYER_LIMITS, ...limits });
  return [...layersOf(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, budget)];
}

export function layersIn(bytes: Uint8Array | string, limits: Partial<LayerLimits> = {}): Layer[] {
  return partsOf(bytes, limits).filter((part) => part.kind === 'layer');
}

export function missedIn(bytes: Uint8Array | string, limits: Partial<LayerLimits> = {}): NotInspected[] {
  return partsOf(bytes, limits).filter((part) => part.kind === 'not-inspected');
}

/** Every layer that holds the text, and where that came from. */
export function find(bytes: Uint8Array | string, text: string, limits: Partial<LayerLimits> = {}): Found[] {
  return layersIn(bytes, limits).flatMap((layer) => {
    const at = layer.bytes.indexOf(text);
    if (at < 0) return [];
    const { path, offset } = layer.originOf(at);
    return [{ path: layer.path, file: path, offset }];
  });
}
