// A process beside the test: adds numbers, and misbehaves when it is told to.
import { serveJobs } from '../../../src/adapters/process/serve-jobs.ts';

export type Task = 'sum' | 'ask' | 'throw' | 'wait' | 'spin' | 'die' | 'environment';

serveJobs<{ start: number }, Task, number, string, number | string>(({ start }) => async (task, job) => {
  switch (task) {
    case 'sum':
      return new Promise((resolve) => {
        let sum = start;
        job.listen((more) => {
          if (more === 0) resolve(sum);
          sum += more;
        });
      });
    case 'ask':
      return new Promise((resolve) => {
        job.listen(resolve);
        void job.say('how much?');
      });
    case 'throw':
      throw Object.assign(new Error('as told'), { code: 'told' });
    case 'wait':
      return new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => reject(new Error('stopped')));
        void job.say('waiting');
      });
    case 'spin':
      await job.say('spinning');
      for (;;);
    case 'die':
      return process.exit(3);
    case 'environment':
      return Object.keys(process.env).toSorted().join();
  }
});
