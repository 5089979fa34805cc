import { diag } from '@opentelemetry/api';
import { PACKAGE_NAME } from '../version.js';
import { singleLine } from './single-line.js';

const MAX_REMEMBERED_MESSAGES = 1000;
const MAX_LENGTH = 2000;
const log = diag.createComponentLogger({ namespace: PACKAGE_NAME });
const warned = new Set<string>();

/** Logs a warning through `diag` once per message, as one line. Never throws, even if the logger of the host does. */
export function warnOnce(message: string): void {
  if (warned.has(message) || warned.size >= MAX_REMEMBERED_MESSAGES) return;
  warned.add(message);
  try {
    log.warn(singleLine(message, MAX_LENGTH));
  } catch {
    // The logger is the host's. There is no other place to report to.
  }
}
