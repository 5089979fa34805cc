import { errorMessage } from '../common/error-message.js';
import { singleLine } from '../common/single-line.js';
import { warnOnce } from '../common/warn-once.js';
import { SPAN_GPU, SPAN_GPU_VALUES, type SpanGpu } from '../gpu/usage/span-gpu.js';
import { activeInstrumentation } from './active-instrumentation.js';

/** Options of {@link span} and {@link startSpan}. */
export interface SpanOptions {
  /**
   * GPU whose usage is recorded on the span as `snakepit.gpu.*` attributes: a device such as `cuda:0`, or `auto` for the
   * device in the metadata, the only GPU, or the only one on which this process or a descendant holds memory. Requires a
   * running `GPUProfiler`. `false` records none.
   * @default `spanGpu` of the instrumentation
   */
  readonly gpu?: SpanGpu | false;
}

export const NO_OPTIONS: SpanOptions = Object.freeze({});

/**
 * Returns the GPU of a span. Never throws, as an operation of the host is to be run: an unknown option or value is named by one
 * warning, and ignored.
 */
export function gpuOf(options: SpanOptions): SpanGpu | false | undefined {
  try {
    const { gpu = activeInstrumentation.spanGpu } = options;
    const unknown = Object.keys(options).find((key) => key !== 'gpu');
    if (unknown !== undefined) warnOnce(`Unknown option of a span: ${singleLine(unknown)}. Allowed: gpu`);
    if (!gpu || SPAN_GPU.test(gpu)) return gpu;
    warnOnce(`Invalid option gpu of a span: ${singleLine(gpu)}. Allowed: ${SPAN_GPU_VALUES}, false`);
  } catch (error) {
    warnOnce(`Reading the options of a span failed: ${errorMessage(error)}`);
  }
  return undefined;
}
