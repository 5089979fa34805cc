import { trace } from '@opentelemetry/api';
import { attachMany } from 'opentelemetry-instrumentation-snakepit';

const OPERATIONS = ['demo.request', 'demo.preprocess', 'demo.infer', 'demo.postprocess'];
const POINTS = [
  'snakepit.circuit_breaker.opened',
  'snakepit.circuit_breaker.half_open',
  'snakepit.circuit_breaker.closed',
  'snakepit.circuit_breaker.call.rejected',
  'snakepit.error.oom',
  'snakepit.error.python_exception',
  'snakepit.retry.attempt',
  'snakepit.retry.exhausted',
];

/** Follows the bus, as any host can, and shows what has happened: totals, GPUs, and the last operation as a tree. */
export class Summary {
  #counts = new Map();
  #gpus = new Map();
  #breaker = 'closed';
  #open = new Map();
  #lastTree = [];

  constructor() {
    attachMany('demo-summary-points', POINTS, (event) => this.#point(event));
    attachMany(
      'demo-summary-gpus',
      ['snakepit.gpu.memory.sampled', 'snakepit.gpu.utilization.sampled'],
      (event) =>
        this.#gpus.set(event.metadata.device, {
          ...this.#gpus.get(event.metadata.device),
          ...event.measurements,
        }),
    );
    const starts = OPERATIONS.map((name) => `${name}.start`);
    const ends = OPERATIONS.flatMap((name) => [`${name}.stop`, `${name}.exception`]);
    attachMany('demo-summary-starts', starts, (event) => this.#start(event));
    attachMany('demo-summary-ends', ends, (event) => this.#end(event));
  }

  #point({ name, metadata }) {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    const state = /^snakepit\.circuit_breaker\.(opened|half_open|closed)$/.exec(name)?.[1];
    if (state !== undefined) this.#breaker = state;
    const detail = metadata.type ?? metadata.device ?? metadata.pool ?? '';
    this.#open.get(trace.getActiveSpan()?.spanContext().spanId)?.notes.push(`• ${name} ${detail}`);
  }

  #start({ name, span }) {
    const { spanId } = span.spanContext();
    const node = { name: name.replace(/\.start$/, ''), notes: [], children: [] };
    this.#open.set(spanId, node);
    node.parent = this.#open.get(span.parentSpanContext?.spanId);
    node.parent?.children.push(node);
  }

  #end({ name, measurements, metadata, span }) {
    const { spanId } = span.spanContext();
    const node = this.#open.get(spanId);
    if (node === undefined) return;
    this.#open.delete(spanId);
    const failed = name.endsWith('.exception');
    node.line = `${node.name} ${(measurements.duration / 1e6).toFixed(1)} ms${failed ? ` ✗ ${metadata.reason?.name}` : ''}`;
    this.#counts.set(node.name, (this.#counts.get(node.name) ?? 0) + 1);
    if (failed) this.#counts.set(`${node.name} ✗`, (this.#counts.get(`${node.name} ✗`) ?? 0) + 1);
    if (node.parent === undefined) this.#lastTree = draw(node);
  }

  /** The summary as text. */
  render() {
    const rows = [...this.#counts].map(
      ([name, count]) => `  ${name.padEnd(46)} ${String(count).padStart(6)}`,
    );
    const gpus = [...this.#gpus].map(
      ([device, { used_mb, total_mb, gpu_percent }]) =>
        `  ${device.padEnd(10)} ${used_mb ?? '–'}/${total_mb ?? '–'} MiB  ${gpu_percent ?? '–'} % busy`,
    );
    return [
      `breaker: ${this.#breaker}`,
      ...(gpus.length > 0 ? ['GPUs:', ...gpus] : []),
      'events and operations:',
      ...rows,
      'last operation:',
      ...this.#lastTree.map((line) => `  ${line}`),
    ].join('\n');
  }
}

function draw({ line, notes, children }, indent = '') {
  return [
    `${indent}${line}`,
    ...notes.map((note) => `${indent}    ${note}`),
    ...children.flatMap((child) => draw(child, `${indent}  `)),
  ];
}
