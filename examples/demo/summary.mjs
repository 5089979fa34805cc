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
 * @property {number} request number of the request that it belongs to
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
  /** Span → operation that has not ended. Spans have no ids while traces are not exported. */
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
    this.#open.get(trace.getActiveSpan())?.events.push(`${name} ${detail}`);
  }

  #updateGpu({ device, name }, values) {
    this.gpus.set(device, { ...this.gpus.get(device), name, ...values });
  }

  #startOperation({ name, metadata: { request }, span }) {
    const parent = [...this.#open.values()].find((other) => other.isRoot && other.request === request);
    const operation = {
      name: name.replace(/\.start$/, ''),
      request,
      isRoot: parent === undefined,
      events: [],
      children: [],
    };
    this.#open.set(span, operation);
    parent?.children.push(operation);
  }

  #endOperation({ name, measurements, metadata, span }) {
    const operation = this.#open.get(span);
    if (operation === undefined) return;
    this.#open.delete(span);
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
