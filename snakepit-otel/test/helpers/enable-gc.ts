import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Makes `gc()` a global function of this process. */
export function enableGc(): void {
  setFlagsFromString('--expose-gc');
  (globalThis as { gc?: unknown }).gc = runInNewContext('gc');
}
