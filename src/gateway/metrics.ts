// What the git doors count for Prometheus. Labels are states and doors, never names: a label that clients choose would
// grow without bound, and whoever may scrape need not be somebody who may read the queue.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { GateMetrics } from '../conversation/gate.ts';

export function createGateMetrics(): { readonly registry: Registry; readonly metrics: GateMetrics } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const pushes = new Histogram({
    name: 'sallyport_push_seconds',
    help: 'From the commands of a push to its answer, by the state it was answered with',
    labelNames: ['state'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
    registers,
  });
  const packBytes = new Counter({ name: 'sallyport_push_bytes_total', help: 'Pack bytes received', registers });
  const fetches = new Counter({
    name: 'sallyport_fetches_total',
    help: 'Requests for objects served',
    labelNames: ['door'],
    registers,
  });
  const fetchBytes = new Counter({ name: 'sallyport_fetch_bytes_total', help: 'Bytes sent to fetchers', registers });
  return {
    registry,
    metrics: {
      pushAnswered(state, seconds, bytes) {
        pushes.observe({ state }, seconds);
        packBytes.inc(bytes);
      },
      fetchServed(door, bytes) {
        fetches.inc({ door });
        fetchBytes.inc(bytes);
      },
    },
  };
}
