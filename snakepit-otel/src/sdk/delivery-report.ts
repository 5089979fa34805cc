/** Whether one exporter delivers one signal. */
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
  /** Spans, data points or log records since the start. */
  readonly sent: number;
  readonly lost: number;
  readonly queued: number;
  /** Error of the last export, in plain words; absent if it succeeded. */
  readonly lastError?: string;
}
