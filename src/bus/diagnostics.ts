import type { Metadata } from '../catalog/event-map.js';
import { warnOnce } from '../common/warn-once.js';
import { execute } from './bus.js';

type DiagnosticName =
  | 'snakepit.telemetry.handler.failed'
  | 'snakepit.telemetry.event.invalid'
  | 'snakepit.telemetry.span.unmatched'
  | 'snakepit.gpu.sample.failed';

let isReporting = false;

/**
 * Publishes a diagnostic event, which is counted, and logs a warning once per cause.
 *
 * @param cause text of the warning; later reports with the same text are only counted
 */
export function reportProblem<const N extends DiagnosticName>(
  name: N,
  metadata: Metadata<N>,
  cause: string,
): void {
  // A failure while the diagnostic event itself is delivered must not recurse.
  if (isReporting) return;
  isReporting = true;
  try {
    warnOnce(`${cause} (logged once; further ones are counted)`);
    execute<DiagnosticName>(name, { count: 1 } as never, metadata as never);
  } finally {
    isReporting = false;
  }
}
