export type { CockatielPolicy } from './breaker/cockatiel/policy.js';
export { type BreakerOptions, instrumentBreaker } from './breaker/instrument.js';
export type { OpossumBreaker } from './breaker/opossum.js';
export { ConfigurationError } from './configuration/configuration-error.js';
export type { PythonErrorClassification, PythonErrorEvent } from './errors/classification.js';
export { type ClassifyOptions, classifyPythonError } from './errors/classify.js';
export type { PythonError, ReadPythonError } from './errors/python-error.js';
export { type Recogniser, recogniser, type Saying } from './errors/recogniser.js';
export { defaultRecognisers } from './errors/recognisers/index.js';
export { reportPythonError } from './errors/report.js';
export {
  type WatchableProcess,
  type WatchableProgram,
  type WatchOptions,
  watchChildProcess,
} from './errors/watch-child.js';
export { execute } from './events/bus.js';
export {
  attach,
  attachMany,
  detach,
  type EventHandler,
  HandlerExistsError,
  listHandlers,
} from './events/handlers.js';
export type { LogLevel, LogLine, OwnRow, TraceMeaning } from './events/row.js';
export { annotation, spanException, spanStart, spanStop } from './events/row.js';
export type { EventMap, EventName, Measurements, Metadata, SnakepitEvent } from './events/types.js';
export type { GpuSourceName } from './gpu/choose-source.js';
export { GPUProfiler, type GPUProfilerStats } from './gpu/profiler.js';
export { GPUProfilerError, type GPUProfilerErrorCode } from './gpu/profiler-error.js';
export type { GPUProfilerOptions } from './gpu/profiler-options.js';
export type { GpuIdentity, GpuProcess, GpuReading, ThrottleReason } from './gpu/reading.js';
export {
  type GpuFault,
  type GpuFaultReason,
  type GpuSample,
  type GpuSource,
  GpuSourceError,
  type LastXids,
} from './gpu/source.js';
export { parseNvidiaSmiCsv } from './gpu/sources/nvidia-smi-csv.js';
export type { SpanGpu } from './gpu/span-gpu.js';
export {
  type HardwareCapabilities,
  type HardwareIdentity,
  hardwareCapabilities,
  hardwareIdentity,
} from './hardware/capabilities.js';
export { clearHardwareCache, detectHardware } from './hardware/detect.js';
export type {
  Accelerator,
  CpuInfo,
  CudaDeviceInfo,
  CudaInfo,
  DeviceInfo,
  HardwareInfo,
  MpsInfo,
  RocmInfo,
} from './hardware/info.js';
export {
  DeviceNotAvailableError,
  type DevicePreference,
  selectDevice,
  selectDeviceWithFallback,
} from './hardware/select.js';
export { SnakepitInstrumentation, type SnakepitInstrumentationConfig } from './instrumentation.js';
export { attachLogger, detachLogger, type LoggerLike, type LogHandlerOptions } from './logging/handler.js';
export {
  BOUNDARIES,
  counter,
  distribution,
  lastValue,
  type Measurement,
  type MetricDefinition,
  type MetricSpec,
  sum,
  type Tag,
  total,
} from './metrics/definition.js';
export { type GpuConventions, metricDefinitions } from './metrics/definitions.js';
export {
  endSpan,
  endSpanException,
  type SpanOptions,
  type SpanReference,
  span,
  startSpan,
} from './tracing/span.js';
