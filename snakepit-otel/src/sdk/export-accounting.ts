import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { execute } from 'opentelemetry-instrumentation-snakepit';
import { Deliveries, type Delivery, type DeliveryList } from './delivery.js';
import { explainExport } from './export-problem.js';
import { controlTransport, type ExporterTransport } from './exporter-transport.js';
import { ForwardedRequest } from './forwarding/forwarded-request.js';
import { type ExitRequest, sendAtExit } from './send-at-exit.js';

/** Kind of telemetry that an exporter exports. */
export type ExportSignal = 'traces' | 'metrics' | 'logs';

interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}
type Export = (items: never, done: (result: ExportResult) => void) => void;

/** Values of `ExportResultCode`, an enum of a package that this one does not depend on. */
const SUCCESS = 0;
const FAILED = 1;
const NO_ANSWER = Object.assign(new Error('The time limit was reached'), { code: 'ETIMEDOUT' });
const ABORTED: ExportResult = { code: FAILED, error: NO_ANSWER };

const EVENT = 'snakepit.telemetry.export.finished';
/** Metrics about telemetry itself change with every export. */
const OWN_METRICS = 'snakepit.telemetry.';
const NOUNS = { traces: 'span', logs: 'log record', metrics: 'metric data point' } as const;

interface AccountedExporter {
  readonly signal: ExportSignal;
  readonly send: Export;
  readonly transport: ExporterTransport | undefined;
  readonly delivery: Delivery;
  /** Fingerprint of the metrics that were exported last. */
  exported?: string;
  /** Data points of cumulative metrics whose export failed; a later export makes up for it. */
  lostCumulative: number;
}

interface PendingExport {
  readonly exporter: AccountedExporter;
  readonly count: ItemCount;
  readonly finish: (result: ExportResult) => void;
  readonly settled: Promise<void>;
  body: Uint8Array | undefined;
}

/** Private fields of the batch processors (0.223), which have no public way to read or take the items of their queue. */
interface BatchProcessor {
  readonly _exporter?: object;
  _finishedSpans?: readonly object[];
  _finishedLogRecords?: readonly object[];
}

/** Loss that was not described before. */
export interface Loss {
  /** Numbers of items by signal. */
  readonly counts: string;
  /** Reason of the newest failure of an export, if there is one. */
  readonly problem: string | undefined;
}

/** Counts the items that exporters export, and ends their work at the time limit of a flush. */
class ExportAccounting {
  readonly #exporters = new Map<object, AccountedExporter>();
  readonly #processors: { readonly signal: ExportSignal; readonly processor: BatchProcessor }[] = [];
  readonly #pending = new Set<PendingExport>();
  readonly #lost: Record<ExportSignal, number> = { traces: 0, logs: 0, metrics: 0 };
  readonly #deliveries = new Deliveries();
  #isAborting = false;
  #isEnding = false;
  #described = '';

  /** The state of each exporter. */
  get deliveries(): DeliveryList {
    return this.#deliveries;
  }

  /** Returns the delivery of an exporter that counts itself. */
  addDelivery(exporter: string, signal: ExportSignal): Delivery {
    return this.#deliveries.add({ exporter, signal });
  }

  addExporter<E extends { export: Export }>(exporter: E, signal: ExportSignal, name: string): E {
    const delivery = this.#deliveries.add({ exporter: name, signal });
    const transport = controlTransport(exporter, ({ cause }) => delivery.fail(cause));
    const accounted: AccountedExporter = {
      signal,
      send: exporter.export.bind(exporter),
      transport,
      delivery,
      lostCumulative: 0,
    };
    if (transport?.address !== undefined) delivery.address = transport.address;
    const pending = () => [...this.#pending].filter((each) => each.exporter === accounted);
    delivery.queued = () => pending().reduce((sum, { count }) => sum + count.total, 0);
    const wrapper = Object.assign(Object.create(exporter) as E, {
      export: ((items, done) => this.#export(accounted, items, done)) satisfies Export,
    });
    this.#exporters.set(wrapper, accounted);
    return wrapper;
  }

  addProcessor(processor: BatchProcessor, signal: ExportSignal): void {
    this.#processors.push({ processor, signal });
    const delivery = this.#exporters.get(processor._exporter ?? this)?.delivery;
    if (delivery === undefined) return;
    const exporting = delivery.queued;
    delivery.queued = () => queueOf(processor).length + exporting();
  }

  /** Counts items that a full queue did not take. */
  drop(exporter: object, signal: ExportSignal, count: number): void {
    this.#lost[signal] += count;
    this.#exporters.get(exporter)?.delivery.drop(count);
    this.#publish(signal, 'dropped', count);
  }

  /** Counts items that are given up. */
  lose(signal: ExportSignal, count: number): void {
    this.#lost[signal] += count;
    this.#publish(signal, 'failed', count);
  }

  /** True if spans or log records are queued. */
  get hasQueued(): boolean {
    return this.#processors.some(({ processor }) => queueOf(processor).length > 0);
  }

  /**
   * Set while the process ends: metrics without a change are then not exported again, and counts are not published, because
   * either would be a reason to flush once more.
   */
  set isEnding(isEnding: boolean) {
    this.#isEnding = isEnding;
  }

  /** Number of timers that keep the process alive because exports run. A batch processor has one for each export. */
  get timerCount(): number {
    return [...this.#pending].reduce(
      (sum, { exporter: { transport } }) => sum + 1 + (transport?.timerCount ?? 0),
      0,
    );
  }

  /** Resolves when all exports that run have a result. A flush of the batch processors does not wait for them. */
  async settled(): Promise<void> {
    await Promise.all([...this.#pending].map(({ settled }) => settled));
  }

  /** Fails all exports without a result, and those that `rest` starts. Resolves with `rest`. */
  async abort(rest: Promise<unknown>): Promise<void> {
    this.#isAborting = true;
    this.#abortTransports();
    await rest;
    this.#abortTransports();
    this.#isAborting = false;
  }

  /** Sends what is queued or has no result yet while this thread is blocked. For a listener of `exit`. */
  sendRest(limitMs: number): void {
    this.#isEnding = true;
    const rest: { signal: ExportSignal; count: number; request: ExitRequest | undefined }[] = [];
    const add = ({ signal, transport }: AccountedExporter, count: number, body: Uint8Array | undefined) =>
      rest.push({ signal, count, request: body && transport?.describe(body) });
    for (const { exporter, count, body } of this.#pending) add(exporter, count.total, body);
    this.#pending.clear();
    for (const { processor } of this.#processors) {
      const exporter = this.#exporters.get(processor._exporter ?? this);
      const items = takeQueue(processor);
      if (exporter === undefined || items.length === 0) continue;
      add(
        exporter,
        items.length,
        exporter.transport?.capture(() => exporter.send(items as never, () => {})),
      );
    }
    const requests = rest.flatMap(({ request }) => request ?? []);
    const accepted = sendAtExit(requests, limitMs);
    for (const { signal, count, request } of rest) {
      if (request === undefined || !accepted[requests.indexOf(request)]) this.#lost[signal] += count;
    }
  }

  /** Describes what was lost. Returns undefined if nothing was, or if it was described before. */
  takeLoss(): Loss | undefined {
    const exporters = [...this.#exporters.values()];
    const lost = { ...this.#lost };
    for (const { lostCumulative } of exporters) lost.metrics += lostCumulative;
    const counts = (Object.keys(NOUNS) as ExportSignal[])
      .filter((signal) => lost[signal] > 0)
      .map((signal) => `${lost[signal]} ${NOUNS[signal]}${lost[signal] === 1 ? '' : 's'}`)
      .join(', ');
    if (counts === this.#described) return undefined;
    this.#described = counts;
    const problem = exporters.map(({ transport }) => transport?.problem).find((each) => each !== undefined);
    return { counts, problem };
  }

  #export(exporter: AccountedExporter, items: never, done: (result: ExportResult) => void): void {
    const { signal, send, transport } = exporter;
    const count = countItems(signal, items);
    if (signal === 'metrics' && this.#isEnding && !count.isForwarded) {
      const before = exporter.exported;
      exporter.exported = fingerprint(items);
      if (exporter.exported === before) {
        done({ code: SUCCESS });
        return;
      }
    }
    let settle = () => {};
    const pending: PendingExport = {
      settled: new Promise((resolve) => {
        settle = resolve;
      }),
      exporter,
      count,
      body: undefined,
      finish: (result) => {
        if (!this.#pending.delete(pending)) return;
        this.#count(exporter, count, result);
        settle();
        done(result);
      },
    };
    this.#pending.add(pending);
    if (this.#isAborting) {
      pending.finish(ABORTED);
      return;
    }
    try {
      const start = () => send(items, pending.finish);
      if (transport === undefined) start();
      else pending.body = transport.observe(start);
    } catch (error) {
      pending.finish({ code: FAILED, error: error as Error });
    }
  }

  #count(
    exporter: AccountedExporter,
    { total, delta, own, isForwarded }: ItemCount,
    result: ExportResult,
  ): void {
    const { signal, delivery } = exporter;
    const isExported = result.code === SUCCESS;
    if (isExported) delivery.succeed(total);
    else if (isForwarded) {
      // It is sent again, or given up by the queue that it is from.
      delivery.fail(delivery.report.lastError ?? explainExport(result.error).cause);
      return;
    } else {
      this.#lost[signal] += delta;
      // The error of the last attempt says more than that of the export.
      delivery.fail(delivery.report.lastError ?? explainExport(result.error).cause, delta);
    }
    exporter.lostCumulative = isExported ? 0 : total - delta;
    // Log records that only report exports of log records must not cause the next ones.
    if (own < total) this.#publish(signal, isExported ? 'exported' : 'failed', total);
  }

  #publish(signal: ExportSignal, outcome: 'exported' | 'failed' | 'dropped', count: number): void {
    if (!this.#isEnding) execute(EVENT, { count }, { signal, outcome });
  }

  #abortTransports(): void {
    for (const { transport } of this.#exporters.values()) transport?.abort();
    for (const { finish } of [...this.#pending]) finish(ABORTED);
  }
}

const isForwardedRequest = (items: unknown): items is ForwardedRequest => items instanceof ForwardedRequest;

interface ItemCount {
  readonly total: number;
  /** Items that no later export makes up for. */
  readonly delta: number;
  /** Items that report exports. */
  readonly own: number;
  /** True for a request of another process. */
  readonly isForwarded?: boolean;
}

/** Value of `AggregationTemporality.DELTA`. */
const DELTA = 0;

function countItems(signal: ExportSignal, items: unknown): ItemCount {
  if (isForwardedRequest(items))
    return { total: items.length, delta: items.length, own: 0, isForwarded: true };
  if (signal !== 'metrics') {
    const list = items as readonly { readonly eventName?: string }[];
    const own = signal === 'logs' ? list.filter(({ eventName }) => eventName === EVENT).length : 0;
    return { total: list.length, delta: list.length, own };
  }
  const metrics = (items as ResourceMetrics).scopeMetrics.flatMap((scope) => scope.metrics);
  const count = (chosen: typeof metrics) =>
    chosen.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
  return {
    total: count(metrics),
    delta: count(metrics.filter(({ aggregationTemporality }) => aggregationTemporality === DELTA)),
    own: 0,
  };
}

/** The SDK sets the type, but does not declare it. */
interface InstrumentDescriptor {
  readonly name: string;
  readonly type?: string;
}

/** Returns a text that differs if a counter or histogram of the host counted something. */
function fingerprint(items: unknown): string {
  const metrics = (items as ResourceMetrics).scopeMetrics.flatMap((scope) => scope.metrics);
  return JSON.stringify(
    metrics
      .filter(({ descriptor: { name, type = '' } }: { descriptor: InstrumentDescriptor }) => {
        return !type.startsWith('OBSERVABLE') && !name.startsWith(OWN_METRICS);
      })
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => [attributes, value]),
      ]),
  );
}

const queueOf = ({ _finishedSpans, _finishedLogRecords }: BatchProcessor): readonly object[] =>
  _finishedSpans ?? _finishedLogRecords ?? [];

function takeQueue(processor: BatchProcessor): readonly object[] {
  const items = queueOf(processor);
  if (processor._finishedSpans !== undefined) processor._finishedSpans = [];
  if (processor._finishedLogRecords !== undefined) processor._finishedLogRecords = [];
  return items;
}

export type { ExportAccounting };

let current = new ExportAccounting();

/** Starts to count anew, for the exporters created from now on. */
export function startAccounting(): ExportAccounting {
  current = new ExportAccounting();
  return current;
}

/** Returns the exporter with its exports counted, and ended at the time limit of a flush or shutdown. */
export const accountExports = <E extends object>(exporter: E, signal: ExportSignal, name: string): E =>
  current.addExporter(exporter as E & { export: Export }, signal, name);

/** Returns the delivery of an exporter that counts itself. */
export const accountDelivery = (exporter: string, signal: ExportSignal): Delivery =>
  current.addDelivery(exporter, signal);

/** The state of each exporter. */
export const deliveryOf = (accounting: ExportAccounting): DeliveryList => accounting.deliveries;

/** Counts the queue of a batch processor, whose exporter is accounted, as lost if the process ends before it is exported. */
export function accountQueue<P extends object>(processor: P, signal: ExportSignal): P {
  current.addProcessor(processor, signal);
  return processor;
}

/** Returns an option of batch processors with which the items dropped by a full queue are counted. */
export function countDrops(
  exporter: object,
  signal: ExportSignal,
): { readonly selfObsMeterProvider: MeterProvider } {
  const accounting = current;
  const meter = createNoopMeter();
  const add = (count: number, attributes: { readonly 'error.type'?: unknown } = {}) => {
    if (attributes['error.type'] === 'queue_full') accounting.drop(exporter, signal, count);
  };
  const getMeter = () => Object.assign(Object.create(meter), { createCounter: () => ({ add }) });
  return { selfObsMeterProvider: { getMeter } };
}
