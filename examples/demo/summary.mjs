import { trace } from '@opentelemetry/api';
import { attachMany } from 'opentelemetry-instrumentation-snakepit';

const OPERATIONS = ['demo.request', 'demo.preprocess', 'demo.infer', 'demo.postprocess'];
const COUNTED = [
  'snakepit.circuit_breaker.opened',
  'snakepit.circuit_breaker.half_open',
  'snakepit.circuit_breaker.closed',
  'snakepit.circuit_breaker.call.rejected',
  'snakepit.error.oom',
  'snakepit.error.python_exception',
  'snakepit.retry.attempt',
  'snakepit.retry.exhausted',
];
const GPU_SAMPLES = ['memory', 'utilization', 'temperature', 'power'].map(
  (kind) => `snakepit.gpu.${kind}.sampled`,
);
const BREAKER_STATES = {
  'snakepit.circuit_breaker.opened': 'open',
  'snakepit.circuit_breaker.half_open': 'half_open',
  'snakepit.circuit_breaker.closed': 'closed',
};

/**
 * @typedef {object} Operation
 * @property {string} name
 * @property {number} durationMs
 * @property {string} [error] name of the error that ended it
 * @property {string[]} events
 * @property {Operation[]} children
 */

/** Subscribes to events, as any host can, and keeps totals, the newest GPU samples and the last complete request. */
export class Summary {
  /** Event or operation → how often. */
  counts = new Map();
  /** Device → its newest measurements. */
  gpus = new Map();
  breaker = 'closed';
  /** @type {Operation | undefined} */
  lastOperation;
  /** Span id → operation that has not ended. */
  #open = new Map();

  constructor() {
    attachMany('demo-summary-counts', COUNTED, (event) => this.#addEvent(event));
    attachMany('demo-summary-gpus', GPU_SAMPLES, ({ measurements, metadata }) =>
      this.#updateGpu(metadata, { ...measurements, lost: false }),
    );
    attachMany('demo-summary-lost', ['snakepit.gpu.device.lost'], ({ metadata }) =>
      this.#updateGpu(metadata, { lost: true }),
    );
    const starts = OPERATIONS.map((name) => `${name}.start`);
    const ends = OPERATIONS.flatMap((name) => [`${name}.stop`, `${name}.exception`]);
    attachMany('demo-summary-starts', starts, (event) => this.#startOperation(event));
    attachMany('demo-summary-ends', ends, (event) => this.#endOperation(event));
  }

  #addEvent({ name, metadata }) {
    this.#count(name);
    this.breaker = BREAKER_STATES[name] ?? this.breaker;
    const detail = metadata.type ?? metadata.device ?? metadata.pool ?? '';
    this.#open.get(trace.getActiveSpan()?.spanContext().spanId)?.events.push(`${name} ${detail}`);
  }

  #updateGpu({ device, name }, values) {
    this.gpus.set(device, { ...this.gpus.get(device), name, ...values });
  }

  #startOperation({ name, span }) {
    const parent = this.#open.get(span.parentSpanContext?.spanId);
    const operation = {
      name: name.replace(/\.start$/, ''),
      isRoot: parent === undefined,
      events: [],
      children: [],
    };
    this.#open.set(span.spanContext().spanId, operation);
    parent?.children.push(operation);
  }

  #endOperation({ name, measurements, metadata, span }) {
    const { spanId } = span.spanContext();
    const operation = this.#open.get(spanId);
    if (operation === undefined) return;
    this.#open.delete(spanId);
    operation.durationMs = measurements.duration / 1e6;
    this.#count(operation.name);
    if (name.endsWith('.exception')) {
      operation.error = metadata.reason?.name ?? 'Error';
      this.#count(`${operation.name} ✗`);
    }
    if (operation.isRoot) this.lastOperation = operation;
  }

  #count(name) {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
