/**
 * Shared code for `snakepit-otel`. This is not a public API: it changes without notice, and `snakepit-otel` depends on the exact
 * version.
 *
 * @packageDocumentation
 */
export { EVENT_PREFIX } from './bridge/line-reader.js';
export { type LineRefusal, MAX_LINE_BYTES, parseWireLine } from './bridge/parse-line.js';
export { isProducer, publishWireEvent, type WireRefusal } from './bridge/wire-event.js';
export { subscribeEach } from './bus/subscribe-each.js';
export { catalogEvents } from './catalog/events/index.js';
export { gpuIdentifiers, gpuKey } from './catalog/gpu-identity.js';
export { GPU_CONVENTIONS } from './catalog/metric-definitions.js';
export { THROTTLE_REASONS } from './catalog/throttle-reasons.js';
export { type HostGpu, resolveWorkerDevice } from './catalog/worker-device.js';
export { catchErrors } from './common/catch-errors.js';
export { cleanText } from './common/clean-text.js';
export { withoutControls } from './common/control-characters.js';
export { correlationIds } from './common/correlation-ids.js';
export { Deadline } from './common/deadline.js';
export { errorClass } from './common/error-class.js';
export { hasErrorCode } from './common/error-code.js';
export { errorMessage } from './common/error-message.js';
export { forgetOldest } from './common/forget-oldest.js';
export { INT64_END } from './common/int64.js';
export { nearestName } from './common/nearest-name.js';
export { omitUndefined } from './common/omit-undefined.js';
export { processState } from './common/process-state.js';
export { redact } from './common/redact.js';
export { takeSpanId, takeTraceId } from './common/requested-ids.js';
export { singleLine } from './common/single-line.js';
export { readTraceparent } from './common/traceparent.js';
export { TurnBudget } from './common/turn-budget.js';
export { MEBIBYTE } from './common/units.js';
export { warnOnce } from './common/warn-once.js';
export { withTimeout } from './common/with-timeout.js';
export { isConfigurationError } from './configuration/configuration-error.js';
export { MAX_TIMER_MS } from './configuration/parse.js';
export { type Environment, readVariable } from './configuration/setting.js';
export { librariesOf, ruleMatcher } from './errors/matchers.js';
export { parsePythonError } from './errors/python-error.js';
export { GPU_SOURCE_NAMES, isSource, probeSources, type SourceProbe } from './gpu/choose-source.js';
export { completeSample } from './gpu/complete-sample.js';
export { countGpuPods } from './gpu/pods/count-gpu-pods.js';
export { NO_KUBELET, PROFILER_SETTINGS, resolveOptions } from './gpu/profiler-options.js';
export { GPU_READING_LABELS } from './gpu/readings.js';
export { gpuUsageTracker } from './gpu/usage/gpu-usage-tracker.js';
export { hasReadings, processUsage, type SpanProcess } from './gpu/usage/process-usage.js';
export { SPAN_GPU, SPAN_GPU_VALUES } from './gpu/usage/span-gpu.js';
export { knowsCalls, processOfCall } from './gpu/usage/worker-processes.js';
export { lineOf } from './recorders/logging/line.js';
export { SPAN_TIMES } from './recorders/tracing/span-times.js';
export { activeInstrumentation } from './spans/active-instrumentation.js';
export { localProcess } from './system/local-process.js';
export { PACKAGE_NAME, PACKAGE_VERSION } from './version.js';
