export interface Host {
  readonly name: string;
  /** Version of `snakepit-otel`. */
  readonly version: string;
  /** As `linux x64`. */
  readonly platform: string;
  readonly pid: number;
  /** When the process started. */
  readonly startedAt: number;
  /** Value of `service.name`. */
  readonly serviceName: string;
  /** Time between samples of the GPUs, ms. */
  readonly gpuIntervalMs: number;
  /** False if the GPUs are not sampled. */
  readonly samplesGpus: boolean;
  /** True if messages and tracebacks of workers are sent: the option `includeSensitive` of the instrumentation. */
  readonly includesSensitive: boolean;
  /** What each GPU source answered. */
  readonly sources: readonly SourceState[];
  /** Addresses at which events are received and metrics are served. */
  readonly addresses: readonly Address[];
  /** Links of the operator; absent if not configured. */
  readonly jaegerUrl?: string;
  readonly grafanaUrl?: string;
}

export interface SourceState {
  readonly name: string;
  readonly state: 'selected' | 'available' | 'unavailable';
  readonly cause?: string;
  readonly remedy?: string;
}

export interface Address {
  /** As `unix`, `tcp`, `http`, `prometheus`. */
  readonly kind: string;
  readonly address: string;
}

/** The most that is kept of each kind. */
export interface Limits {
  readonly traces: number;
  readonly spans: number;
  readonly spansPerTrace: number;
  readonly errors: number;
  readonly events: number;
  readonly seconds: number;
}
