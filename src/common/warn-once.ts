import { diag } from '@opentelemetry/api';
import { PACKAGE_NAME } from '../version.js';
import { singleLine } from './single-line.js';

const MAX_LENGTH = 2048;
const MAX_REMEMBERED_MESSAGES = 1000;
const log = diag.createComponentLogger({ namespace: PACKAGE_NAME });
const warned = new Set<string>();

/** Logs a warning through `diag` once per message, as one line. Never throws, even if the logger of the host does. */
export function warnOnce(message: string): void {
  const line = singleLine(message, MAX_LENGTH);
  if (warned.has(line) || warned.size >= MAX_REMEMBERED_MESSAGES) return;
  warned.add(line);
  try {
    log.warn(line);
  } catch {
    // The logger is the host's. There is no other place to report to.
  }
}
