/**
 * OpenTelemetry instrumentation for Node services that drive ML work: events, metrics, spans and logs for GPUs, hardware, worker
 * pools, circuit breakers, retries and Python errors. See {@link SnakepitInstrumentation}.
 *
 * @module opentelemetry-instrumentation-snakepit
 */
export {
  type ExitListener,
  type WatchableProcess,
  type WatchableProgram,
  type WatchChildProcessOptions,
  watchChildProcess,
} from './bridge/child-process.js';
export { execute } from './bus/bus.js';
export {
  attach,
  attachMany,
  detach,
  type EventHandler,
  HandlerExistsError,
  type HandlerInfo,
  listHandlers,
} from './bus/handlers.js';
export type { AnyEvent, ChildProcessOrigin, RemoteOrigin } from './catalog/any-event.js';
export {
  type CustomEventDefinition,
  clientSpanStart,
  defineEvent,
  type EventDefinition,
  type EventPayload,
  type LogGroup,
  type LogLine,
  type MeasurementsOf,
  type MetadataOf,
  type ProducerEndMapping,
  type SpanEventMapping,
  type SpanMapping,
  spanEvent,
  spanException,
  spanStart,
  spanStop,
  type TraceMapping,
} from './catalog/event-definition.js';
export type {
  EventMap,
  EventName,
  KnownName,
  Measurements,
  Metadata,
  SnakepitEvent,
} from './catalog/event-map.js';
export {
  boolean,
  device,
  enumOf,
  error,
  type Field,
  type Fields,
  float,
  integer,
  list,
  number,
  type OptionalField,
  optional,
  sensitive,
  text,
  unknown,
  worker,
} from './catalog/field.js';
export type { LogLevel } from './catalog/log-level.js';
export { type GpuConventions, metricDefinitions } from './catalog/metric-definitions.js';
export {
  BOUNDARIES,
  type CounterSpec,
  counter,
  type DistributionOptions,
  type DistributionSpec,
  distribution,
  type LastValueOptions,
  type LastValueSpec,
  lastValue,
  type MeasuredMetricOptions,
  type Measurement,
  type MetricDefinition,
  type MetricOptions,
  type MetricSpec,
  type ObservableCounterOptions,
  type ObservableCounterSpec,
  observableCounter,
  type RenamedTag,
  type SumSpec,
  sum,
  type Tag,
} from './catalog/metric-spec.js';
export type { PythonErrorKeys } from './catalog/python-error-keys.js';
export type { ThrottleReason } from './catalog/throttle-reasons.js';
export { ConfigurationError } from './configuration/configuration-error.js';
export type {
  PythonErrorClassification,
  PythonErrorEvent,
  PythonErrorExplanation,
} from './errors/classification.js';
export { type ClassifyOptions, classifyPythonError } from './errors/classify.js';
export type { PythonErrorFacts, Sign, Statement } from './errors/facts/python-error-facts.js';
export { defaultPythonErrorMatchers } from './errors/matchers.js';
export type { MessagePattern } from './errors/message-pattern.js';
export type { ParsedPythonError, PythonError } from './errors/python-error.js';
export { type PythonErrorMatcher, pythonErrorMatcher } from './errors/python-error-matcher.js';
export { type ReportPythonErrorOptions, reportPythonError } from './errors/report.js';
export type { GpuSourceName } from './gpu/choose-source.js';
export type { GpuIdentity } from './gpu/identity.js';
export type { GpuHolder, ProcessContainer } from './gpu/pods/holder.js';
export { GPUProfiler, type GpuProfilerStats } from './gpu/profiler.js';
export { GpuProfilerError, type GpuProfilerErrorCode } from './gpu/profiler-error.js';
export type { GpuProfilerOptions } from './gpu/profiler-options.js';
export type { GpuProcess, GpuReading } from './gpu/readings.js';
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
export { clearHardwareCache, type DetectHardwareOptions, detectHardware } from './hardware/detect.js';
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
export { SnakepitInstrumentation } from './instrumentation.js';
export type { BreakerOptions } from './instrumentations/breakers/subscriptions.js';
export type { CockatielPolicy } from './instrumentations/cockatiel/policy.js';
export type { ResourcePool } from './instrumentations/generic-pool/resource-pool.js';
export { type InstrumentableBreaker, instrumentBreaker } from './instrumentations/instrument-breaker.js';
export type { Inference } from './instrumentations/onnxruntime/inference.js';
export type { OpossumBreaker } from './instrumentations/opossum/breaker.js';
export type {
  InstrumentationsConfig,
  LibraryOptions,
  ResourcePoolOptions,
  WorkerOptions,
} from './instrumentations/options/library-options.js';
export type { PoolTask } from './instrumentations/pools/pool-task.js';
export type { PythonCall, PythonExit } from './instrumentations/python/python-call.js';
export type { ModelCall } from './instrumentations/transformers/model-call.js';
export type { SpawnedWorker } from './instrumentations/workers/spawned-worker.js';
export {
  attachLogger,
  detachLogger,
  type LoggerLike,
  type LogHandlerOptions,
} from './recorders/logging/handler.js';
export {
  endSpan,
  endSpanException,
  type SpanMetadata,
  type SpanOptions,
  type SpanReference,
  span,
  startSpan,
} from './spans/span.js';
export type { SnakepitInstrumentationConfig, UnfinishedSpansConfig } from './types.js';
