/** State of one exporter of one signal. */
export interface DeliveryReport {
  /** Name of the exporter, as in the configuration: `otlp`, `prometheus`, `console`. */
  readonly exporter: string;
  readonly signal: 'traces' | 'metrics' | 'logs';
  /** URL, without credentials; absent if it has none. */
  readonly address?: string;
  /** `waiting` until the first export, or the first scrape, has ended. */
  readonly state: 'waiting' | 'ok' | 'failing';
  /** Time of the last success, ms since 1970. */
  readonly lastSuccess?: number;
  /** Spans, data points or log records since the start; of Prometheus, scrapes. */
  readonly sent: number;
  /** Items that no later export makes up for. */
  readonly lost: number;
  /** Items that wait, and those that are being exported. */
  readonly queued: number;
  /** Error of the last attempt, in plain words; absent if it succeeded and the collector rejected nothing. */
  readonly lastError?: string;
}
