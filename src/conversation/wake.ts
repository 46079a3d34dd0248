import { EventEmitter } from 'node:events';
import type { Wake } from './gate.ts';

export function createWake(): Wake {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    notify: (pushId) => void emitter.emit(String(pushId)),
    tell: (pushId, text) => void emitter.emit(`text ${pushId}`, text),
    listen: (pushId, hear) => {
      const event = `text ${pushId}`;
      emitter.on(event, hear);
      return () => void emitter.off(event, hear);
    },
    wait: (pushId, ms, signal) =>
      new Promise((resolve) => {
        const event = String(pushId);
        const done = () => {
          clearTimeout(timer);
          emitter.off(event, done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        emitter.once(event, done);
        signal?.addEventListener('abort', done, { once: true });
        if (signal?.aborted === true) done();
      }),
  };
}
