import { singleLine } from '../../common/single-line.js';
import type { ExitStatus } from '../../system/exit-status.js';
import { GpuSourceError } from '../source.js';

const MAX_OUTPUT_CHARACTERS = 300;

/**
 * Returns the error of a program that gave no readings.
 *
 * @param output error output of the program, of which the message contains at most 300 characters
 * @param remedy advice for a program that is not found
 */
export function toSourceError(status: ExitStatus, output: string, remedy: string): GpuSourceError {
  switch (status.kind) {
    case 'not_found':
      return new GpuSourceError('not_found', `not found; ${remedy}`);
    case 'not_started':
      return new GpuSourceError('failed', status.error.message, { cause: status.error });
    case 'too_much_output':
      return new GpuSourceError('unreadable', 'printed too much output');
    case 'exited':
      return new GpuSourceError('failed', withOutput(`exit code ${status.code}`, output));
    case 'killed':
      return new GpuSourceError('failed', withOutput(`ended by ${status.signal}`, output));
  }
}

function withOutput(end: string, output: string): string {
  const line = singleLine(output.trim(), MAX_OUTPUT_CHARACTERS);
  return line === '' ? end : `${end}: ${line}`;
}
