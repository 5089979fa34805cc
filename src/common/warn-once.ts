import { diag } from '@opentelemetry/api';
import { PACKAGE_NAME } from '../version.js';

const MAX_REMEMBERED_MESSAGES = 1000;
const log = diag.createComponentLogger({ namespace: PACKAGE_NAME });
const warned = new Set<string>();

/** Logs a warning through `diag` once per message. */
export function warnOnce(message: string): void {
  if (warned.has(message) || warned.size >= MAX_REMEMBERED_MESSAGES) return;
  warned.add(message);
  log.warn(message);
}
