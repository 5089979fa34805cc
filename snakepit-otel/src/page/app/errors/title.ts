import type { ErrorHead } from '../../contract.js';
import { isOom } from '../gpus/status.js';

const TITLES: Readonly<Record<string, string>> = {
  lost: 'GPU lost',
  device_lost: 'GPU lost',
  timeout: 'Timeout',
};

/** Returns the name of an error: in words for kinds that are no exception, else its class without the module. */
export function errorTitle(head: Pick<ErrorHead, 'kind' | 'type'>): string {
  if (isOom(head)) return 'Out of memory';
  return TITLES[head.type] ?? head.type.replace(/^.*\./, '').replaceAll('_', ' ');
}
