// Counters of the API for Prometheus. Labels are routes and codes, never names, paths or addresses: whoever may scrape
// need not be somebody who may read the queue, and a label that clients choose would grow without bound.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiDeps } from './deps.ts';

export interface ApiMetrics {
  readonly registry: Registry;
  served(method: string, route: string, status: number, seconds: number): void;
  loginFailed(): void;
}

/** Held pushes beyond this are counted as this many. */
const MAX_COUNTED = 10_000;

export function createApiMetrics(deps: Pick<ApiDeps, 'metrics' | 'pushes'>): ApiMetrics {
  const registry = deps.metrics ?? new Registry();
  const registers = [registry];
  if (!deps.metrics) collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'sallyport_api_request_seconds',
    help: 'Time to answer an API request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const failures = new Counter({
    name: 'sallyport_api_login_failures_total',
    help: 'API requests without a valid credential',
    registers,
  });
  new Gauge({
    name: 'sallyport_pushes_held',
    help: 'Pushes that wait for approval',
    registers,
    async collect() {
      this.set((await deps.pushes.list({ states: ['held'], limit: MAX_COUNTED })).length);
    },
  });
  return {
    registry,
    served: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    loginFailed: () => failures.inc(),
  };
}
