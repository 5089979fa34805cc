import type {
  GpuConventions,
  GpuSource,
  GpuSourceName,
  SnakepitInstrumentationConfig,
  SpanGpu,
  UnfinishedSpansConfig,
} from 'opentelemetry-instrumentation-snakepit';
import type {
  LogBatchOptions,
  LogExporterName,
  MetricExporterName,
  OtlpOptions,
  PrometheusOptions,
  SpanBatchOptions,
  TraceExporterName,
} from './exporter-options.js';
import type { InputsOptions } from './inputs.js';
import type { UiOptions } from './ui.js';

/** Settings of telemetry. A test compares defaults and variables with `settings.ts`. */
export interface TelemetrySettings {
  /**
   * Name of the service.
   * @default none: `service.name` of `resourceAttributes`, else `unknown_service:node`
   * Env: OTEL_SERVICE_NAME
   */
  readonly serviceName?: string;
  /**
   * Attributes of the resource. In the variable: comma-separated `key=value` pairs.
   * @default {}
   * Env: OTEL_RESOURCE_ATTRIBUTES
   */
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  /**
   * Exporters of spans. `none` or an empty list disables export.
   * @default ['otlp']
   * Env: OTEL_TRACES_EXPORTER
   */
  readonly traces?: readonly TraceExporterName[];
  /**
   * Exporters of metrics. `none` or an empty list disables export.
   * @default ['otlp']
   * Env: OTEL_METRICS_EXPORTER
   */
  readonly metrics?: readonly MetricExporterName[];
  /**
   * Exporters of log records. `none` or an empty list disables export.
   * @default ['otlp']
   * Env: OTEL_LOGS_EXPORTER
   */
  readonly logs?: readonly LogExporterName[];
  /** Export over OTLP. @default {} */
  readonly otlp?: OtlpOptions;
  /** The HTTP endpoint that Prometheus scrapes. @default {} */
  readonly prometheus?: PrometheusOptions;
  /**
   * Time between exports of metrics, ms.
   * @default 60000
   * Env: OTEL_METRIC_EXPORT_INTERVAL
   */
  readonly metricExportIntervalMs?: number;
  /** Batches of finished spans. @default {} */
  readonly spanBatch?: SpanBatchOptions;
  /** Batches of log records. @default {} */
  readonly logBatch?: LogBatchOptions;
  /**
   * True to sample the GPUs of this host.
   * @default false
   * Env: SNAKEPIT_OTEL_GPU
   */
  readonly gpu?: boolean;
  /**
   * Time between GPU samples, ms, at least 100.
   * @default 5000
   * Env: SNAKEPIT_OTEL_GPU_INTERVAL_MS
   */
  readonly gpuIntervalMs?: number;
  /**
   * Source of GPU readings: a name, or in code an object of your own.
   * @default 'auto'
   * Env: SNAKEPIT_OTEL_GPU_SOURCE
   */
  readonly gpuSource?: GpuSourceName | GpuSource;
  /**
   * Library that the source `nvml` loads: a path, or a name that the system's loader resolves.
   * @default 'libnvidia-ml.so.1' ('nvml.dll' on Windows)
   * Env: SNAKEPIT_OTEL_NVML_LIBRARY
   */
  readonly nvmlLibrary?: string;
  /**
   * Program that the source `nvidia-smi` runs: an absolute path. Without it, the program is searched for in the absolute folders of
   * `PATH` and in the folders of drivers, such as /usr/lib/wsl/lib.
   * @default none
   * Env: SNAKEPIT_OTEL_NVIDIA_SMI
   */
  readonly nvidiaSmi?: string;
  /**
   * Time limit of a GPU sample, ms, at least 100.
   * @default 10000
   * Env: SNAKEPIT_OTEL_GPU_TIMEOUT_MS
   */
  readonly gpuTimeoutMs?: number;
  /**
   * Socket of the kubelet's PodResources API, which reports the pods that hold GPUs: an absolute path. `none` to not ask it. Not used
   * if there is no such socket.
   * @default '/var/lib/kubelet/pod-resources/kubelet.sock'
   * Env: SNAKEPIT_OTEL_KUBELET_SOCKET
   */
  readonly kubeletSocket?: string;
  /**
   * Naming convention of GPU metrics: Snakepit's, OpenTelemetry's hardware conventions, or both.
   * @default 'snakepit'
   * Env: SNAKEPIT_OTEL_GPU_CONVENTIONS
   */
  readonly gpuConventions?: GpuConventions;
  /**
   * GPU whose usage is recorded on every span: `auto`, `cuda:0`, …; requires `gpu`.
   * @default none
   * Env: SNAKEPIT_OTEL_SPAN_GPU
   */
  readonly spanGpu?: SpanGpu;
  /**
   * Live page with the GPUs, traces, errors, breakers, pools and events of this process, and of those that send it events. True serves
   * it on http://127.0.0.1:4321, or as the variable or the file sets it. In the variable: `true`, `false`, a port, or `host:port`.
   * @default false
   * Env: SNAKEPIT_OTEL_UI
   */
  readonly ui?: boolean | UiOptions;
  /**
   * Time after which spans of events whose stop event is missing are ended.
   * @default none
   */
  readonly spans?: UnfinishedSpansConfig;
  /**
   * Inputs for events of other processes. In the variable: a comma-separated list of `unix`, `tcp`, `http` and `stdin` with their
   * defaults, or `none`.
   * @default none: no inputs; in the agent `{ unix: true, http: true }`
   * Env: SNAKEPIT_OTEL_INPUTS
   */
  readonly inputs?: InputsOptions;
  /**
   * True to record the spans of worker threads, and to export them with those of this thread. The threads must load
   * `snakepit-otel/register`: they inherit `--import` and `--require` from the process.
   * @default false
   * Env: SNAKEPIT_OTEL_WORKER_THREADS
   */
  readonly workerThreads?: boolean;
  /**
   * True to flush on SIGTERM, SIGINT and SIGHUP, on `process.exit()` and when the event loop drains.
   * @default true
   */
  readonly handleSignals?: boolean;
}

/** Options of `startTelemetry()`. */
export interface TelemetryOptions extends TelemetrySettings {
  /** Options of the registered `SnakepitInstrumentation`. @default {} */
  readonly instrumentation?: SnakepitInstrumentationConfig;
  /**
   * Path of a file of OpenTelemetry's declarative configuration. The other variables of OpenTelemetry then count only where the
   * file substitutes them.
   * @default none
   * Env: OTEL_CONFIG_FILE
   * @see https://opentelemetry.io/docs/specs/otel/configuration/data-model/
   */
  readonly configFile?: string;
}
