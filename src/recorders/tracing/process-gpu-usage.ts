import type { AnyEvent } from '../../catalog/any-event.js';
import type { Attributes } from '../../catalog/attributes.js';

/** Determines the GPU usage of spans that events of other processes make. */
export interface ProcessGpuUsage {
  /** Starts to follow the processes of workers. Returns the function that ends it. */
  start(): () => void;
  /** Called when the start event of a span has arrived. */
  begin(event: AnyEvent): void;
  /**
   * Called when the stop event of a span has arrived.
   *
   * @param start ns since the epoch
   * @param end ns since the epoch
   * @param done ends the span, with its usage if that is known; called at once, or a moment later if a last reading is taken
   */
  end(event: AnyEvent, start: number, end: number, done: (attributes?: Attributes) => void): void;
}
