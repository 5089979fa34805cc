/**
 * States of a GPU: values of `hw.state` in OTel's hardware conventions.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/hardware/gpu/
 */
export const GPU_STATUSES = ['ok', 'degraded', 'failed', 'predicted_failure'] as const;

/** State of a GPU. @useDeclaredType */
export type GpuStatus = (typeof GPU_STATUSES)[number];
