// Fail points for the crash tests: SALLYPORT_FAIL_POINT=<name>:<kill|throw|hang>[:<nth>] stops this process at a named
// step. Without the variable there is nothing here but a function that does nothing.
import { FAIL_POINTS, type FailPoint, type FailPointName } from '../conversation/gate.ts';

export function failPointFrom(setting: string | undefined): FailPoint {
  if (setting === undefined || setting === '') return () => undefined;
  const [name, action, nth = '1'] = setting.split(':');
  if (!FAIL_POINTS.includes(name as FailPointName) || !['kill', 'throw', 'hang'].includes(action ?? '')) {
    throw new Error(`SALLYPORT_FAIL_POINT: no such fail point: ${setting}`);
  }
  let left = Number(nth);
  return (at) => {
    if (at !== name) return undefined;
    left -= 1;
    if (left !== 0) return undefined;
    if (action === 'kill') process.kill(process.pid, 'SIGKILL');
    if (action === 'throw') return Promise.reject(new Error(`fail point ${at}`));
    return new Promise(() => {});
  };
}
