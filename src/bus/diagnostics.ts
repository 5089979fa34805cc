import { diag } from '@opentelemetry/api';
import type { Metadata } from '../catalog/event-map.js';
import { inline } from '../catalog/format.js';
import { PACKAGE_NAME } from '../version.js';
import { execute } from './bus.js';

type ProblemName =
  | 'snakepit.telemetry.handler.failed'
  | 'snakepit.telemetry.event.invalid'
  | 'snakepit.telemetry.span.unmatched'
  | 'snakepit.gpu.sample.failed';

const log = diag.createComponentLogger({ namespace: PACKAGE_NAME });
const MAX_REMEMBERED_CAUSES = 1000;
const said = new Set<string>();
let reporting = false;

/**
 * Counts a problem at run time by publishing its event, and tells `diag` about the first of its cause.
 *
 * @param cause what is told once: problems with the same cause are only counted from then on
 */
export function reportProblem<const N extends ProblemName>(
  name: N,
  metadata: Metadata<N>,
  cause: string,
): void {
  // A problem with the event of a problem must not go round in circles.
  if (reporting) return;
  reporting = true;
  try {
    sayOnce(`${cause} (told once; further ones are counted)`);
    execute(name, { count: 1 } as never, metadata);
  } finally {
    reporting = false;
  }
}

/** Tells `diag` a thing the first time it is said. */
export function sayOnce(cause: string): void {
  if (said.has(cause) || said.size >= MAX_REMEMBERED_CAUSES) return;
  said.add(cause);
  log.warn(cause);
}

/** Wraps a listener so that what goes wrong in it is told once, and goes no further. */
export const guard =
  <E extends { readonly name: string }>(listener: (event: E) => void) =>
  (event: E): void => {
    try {
      listener(event);
    } catch (error) {
      sayOnce(
        `Recording ${event.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : inline(error)}`,
      );
    }
  };
