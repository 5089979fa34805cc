import { singleLine } from '../../common/single-line.js';
import type { ExitStatus } from '../../system/exit-status.js';
import { GpuSourceError } from '../source.js';

/**
 * Why a program gave no readings.
 *
 * @param said its last words, which are told shortened to 300 characters
 * @param advice what to do where the program is missing
 */
export function toSourceError(end: ExitStatus, said: string, advice: string): GpuSourceError {
  switch (end.kind) {
    case 'not_found':
      return new GpuSourceError('not_found', `not found on PATH; ${advice}`);
    case 'not_started':
      return new GpuSourceError('failed', end.error.message, { cause: end.error });
    case 'too_much_output':
      return new GpuSourceError('unreadable', 'more output than any GPU needs');
    case 'exited':
      return new GpuSourceError('failed', told(`exit code ${end.code}`, said));
    case 'killed':
      return new GpuSourceError('failed', told(`ended by ${end.signal}`, said));
  }
}

function told(end: string, said: string): string {
  const words = singleLine(said.trim(), 300);
  return words === '' ? end : `${end}: ${words}`;
}
