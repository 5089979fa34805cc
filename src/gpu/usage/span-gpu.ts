import { ConfigurationError } from '../../configuration/configuration-error.js';

/** The GPU of a span is found out from what it does. */
export const AUTO = 'auto';

/** A device, `cuda:0` or the like, or `auto`. */
export type SpanGpu = typeof AUTO | (string & {});

const SPAN_GPU = /^(auto|mps|(cuda|rocm|xpu):\d+(:\d+)?)$/;

/** @throws ConfigurationError unless `value` can be the GPU of spans */
export function checkSpanGpu(value: unknown, setting: string): SpanGpu {
  if (typeof value === 'string' && SPAN_GPU.test(value)) return value;
  throw new ConfigurationError(
    setting,
    value,
    `${AUTO}, or a device: cuda:0, cuda:0:1 (MIG), rocm:0, xpu:0, mps`,
  );
}
