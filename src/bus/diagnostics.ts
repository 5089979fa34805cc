import type { Metadata } from '../catalog/event-map.js';
import { singleLine } from '../common/single-line.js';
import { warnOnce } from '../common/warn-once.js';
import { execute } from './bus.js';

type DiagnosticName =
  | 'snakepit.telemetry.handler.failed'
  | 'snakepit.telemetry.event.invalid'
  | 'snakepit.telemetry.span.unmatched'
  | 'snakepit.gpu.sample.failed';

let reporting = false;

/**
 * Counts a problem at run time by publishing its event, and tells `diag` about the first of its cause.
 *
 * @param cause what is told once: problems with the same cause are only counted from then on
 */
export function reportProblem<const N extends DiagnosticName>(
  name: N,
  metadata: Metadata<N>,
  cause: string,
): void {
  // A problem with the event of a problem must not go round in circles.
  if (reporting) return;
  reporting = true;
  try {
    warnOnce(`${cause} (told once; further ones are counted)`);
    execute(name, { count: 1 } as never, metadata);
  } finally {
    reporting = false;
  }
}

/** Wraps a listener so that what goes wrong in it is told once, and goes no further. */
export const catchErrors =
  <E extends { readonly name: string }>(listener: (event: E) => void) =>
  (event: E): void => {
    try {
      listener(event);
    } catch (error) {
      warnOnce(
        `Recording ${event.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : singleLine(error)}`,
      );
    }
  };
