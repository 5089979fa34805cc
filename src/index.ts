/**
 * OpenTelemetry instrumentation for Node services that drive ML work: events, metrics, spans and logs for GPUs, hardware, worker
 * pools, circuit breakers, retries and Python errors. See {@link SnakepitInstrumentation}.
 *
 * @module opentelemetry-instrumentation-snakepit
 */
export {
  type WatchableProcess,
  type WatchableProgram,
  type WatchOptions,
  watchChildProcess,
} from './bridge/child-process.js';
export { execute } from './bus/bus.js';
export {
  attach,
  attachMany,
  detach,
  type EventHandler,
  HandlerExistsError,
  listHandlers,
} from './bus/handlers.js';
export type {
  CustomEventDefinition,
  LogLevel,
  LogLine,
  TraceMapping,
} from './catalog/event-definition.js';
export { spanEvent, spanException, spanStart, spanStop } from './catalog/event-definition.js';
export type { EventMap, EventName, Measurements, Metadata, SnakepitEvent } from './catalog/event-map.js';
export { type GpuConventions, metricDefinitions } from './catalog/metric-definitions.js';
export {
  BOUNDARIES,
  counter,
  distribution,
  lastValue,
  type Measurement,
  type MetricDefinition,
  type MetricSpec,
  observableCounter,
  sum,
  type Tag,
} from './catalog/metric-spec.js';
export { ConfigurationError } from './configuration/configuration-error.js';
export type { PythonErrorClassification, PythonErrorEvent } from './errors/classification.js';
export { type ClassifyOptions, classifyPythonError } from './errors/classify.js';
export { defaultPythonErrorMatchers } from './errors/matchers/index.js';
export type { ParsedPythonError, PythonError } from './errors/python-error.js';
export {
  type MessagePattern,
  type PythonErrorMatcher,
  pythonErrorMatcher,
} from './errors/python-error-matcher.js';
export { reportPythonError } from './errors/report.js';
export type { GpuSourceName } from './gpu/choose-source.js';
export { GPUProfiler, type GPUProfilerStats } from './gpu/profiler.js';
export { GPUProfilerError, type GPUProfilerErrorCode } from './gpu/profiler-error.js';
export type { GPUProfilerOptions } from './gpu/profiler-options.js';
export type { GpuIdentity, GpuProcess, GpuReading, ThrottleReason } from './gpu/readings.js';
export {
  type GpuFault,
  type GpuFaultReason,
  type GpuSample,
  type GpuSource,
  GpuSourceError,
  type LostDeviceXids,
} from './gpu/source.js';
export { parseNvidiaSmiCsv } from './gpu/sources/nvidia-smi/csv.js';
export type { SpanGpu } from './gpu/usage/span-gpu.js';
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
export { type BreakerOptions, instrumentBreaker } from './instrumentations/breakers/instrument.js';
export type { CockatielPolicy } from './instrumentations/cockatiel/policy.js';
export type { OpossumBreaker } from './instrumentations/opossum/opossum.js';
export {
  attachLogger,
  detachLogger,
  type LoggerLike,
  type LogHandlerOptions,
} from './recorders/logging/handler.js';
export {
  endSpan,
  endSpanException,
  type SpanOptions,
  type SpanReference,
  span,
  startSpan,
} from './spans/span.js';
