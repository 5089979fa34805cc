import { redact } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Path } from './effective-configuration.js';

const MASK = '…';

/** Returns a value of a configuration without secrets: values of headers, logins in URLs, and what looks like a secret. */
export function maskSecrets(path: Path, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (path.includes('headers') && path.at(-1) === 'value') return MASK;
  if (path.at(-1) === 'headers_list') return value.replace(/=[^,]*/g, `=${MASK}`);
  return redact(value.replace(/(?<=:\/\/)[^/?#\s]*@/, `${MASK}@`));
}
