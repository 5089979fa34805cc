import { ConfigurationError } from '../../configuration/configuration-error.js';

/** Selects the GPU that a span turns out to use. */
export const AUTO = 'auto';

/** GPU of a span: a device name such as `cuda:0`, or `auto`. */
export type SpanGpu = 'auto' | (string & {});

/** Pattern of {@link SpanGpu}. */
export const SPAN_GPU = /^(auto|mps|(cuda|rocm|xpu):\d+(:\d+)?)$/;

/** Description of the values of {@link SpanGpu}. */
export const SPAN_GPU_VALUES = `${AUTO}, or a device: cuda:0, cuda:0:1 (MIG), rocm:0, xpu:0, mps`;

/** @throws ConfigurationError unless `value` is a device name or `auto` */
export function checkSpanGpu(value: unknown, setting: string): SpanGpu {
  if (typeof value === 'string' && SPAN_GPU.test(value)) return value;
  throw new ConfigurationError(setting, value, SPAN_GPU_VALUES);
}
