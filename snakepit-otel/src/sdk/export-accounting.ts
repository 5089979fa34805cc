import { execute } from 'opentelemetry-instrumentation-snakepit';
import { type BatchProcessor, queueOf, takeQueue } from './batch-queue.js';
import { countItems, EXPORT_EVENT, type ItemCount } from './count-exported-items.js';
import { Deliveries, type Delivery, type DeliveryList } from './delivery.js';
import { explainExport } from './export-problem.js';
import type { ExportSignal } from './export-signal.js';
import { controlTransport, type ExporterTransport } from './exporter-transport.js';
import { metricsFingerprint } from './metrics-fingerprint.js';
import type { Rejection } from './partial-success.js';
import { type ExitRequest, sendAtExit } from './send-at-exit.js';

interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}
/** Method of an exporter. */
export type Export = (items: never, done: (result: ExportResult) => void) => void;

/** Values of `ExportResultCode`, an enum of a package that this one does not depend on. */
const SUCCESS = 0;
const FAILED = 1;
const NO_ANSWER = Object.assign(new Error('The time limit was reached'), { code: 'ETIMEDOUT' });
const ABORTED: ExportResult = { code: FAILED, error: NO_ANSWER };

const numbered = (count: number, signal: ExportSignal) =>
  `${count} ${NOUNS[signal]}${count === 1 ? '' : 's'}`;
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
  readonly finish: (result: ExportResult, rejection?: Rejection) => void;
  readonly settled: Promise<void>;
  body: Uint8Array | undefined;
}

/** Loss that was not described before. */
export interface Loss {
  /** Numbers of items by signal. */
  readonly counts: string;
  /** Reason of the newest failure of an export, if there is one. */
  readonly problem: string | undefined;
  /** True if collectors that answer rejected it. */
  readonly isRejected: boolean;
}

/** Counts the items that exporters export, and ends their work at the time limit of a flush. */
export class ExportAccounting {
  readonly #exporters = new Map<object, AccountedExporter>();
  readonly #processors: { readonly signal: ExportSignal; readonly processor: BatchProcessor }[] = [];
  readonly #pending = new Set<PendingExport>();
  readonly #lost: Record<ExportSignal, number> = { traces: 0, logs: 0, metrics: 0 };
  /** Items that collectors rejected. */
  #rejected = 0;
  /** Describes the newest rejection. */
  #rejection: string | undefined;
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

  /** Shortens the waits of exports that failed once. Returns a function that ends this. */
  hurry(): () => void {
    const ends = [...this.#exporters.values()].map(({ transport }) => transport?.hurry());
    return () => {
      for (const end of ends) end?.();
    };
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
    const rest: { exporter: AccountedExporter; count: number; request: ExitRequest | undefined }[] = [];
    const add = (exporter: AccountedExporter, count: number, body: Uint8Array | undefined) =>
      rest.push({ exporter, count, request: body && exporter.transport?.describe(body) });
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
    const answers = sendAtExit(requests, limitMs);
    for (const { exporter, count, request } of rest) {
      const answer = request && answers[requests.indexOf(request)];
      const rejection = answer && exporter.transport?.rejectionIn(answer);
      if (answer === undefined) this.#lost[exporter.signal] += count;
      else if (rejection !== undefined) this.#reject(exporter, { total: count, delta: count }, rejection);
    }
  }

  /** Describes what was lost. Returns undefined if nothing was, or if it was described before. */
  takeLoss(): Loss | undefined {
    const exporters = [...this.#exporters.values()];
    const lost = { ...this.#lost };
    for (const { lostCumulative } of exporters) lost.metrics += lostCumulative;
    const counts = (Object.keys(NOUNS) as ExportSignal[])
      .filter((signal) => lost[signal] > 0)
      .map((signal) => numbered(lost[signal], signal))
      .join(', ');
    if (counts === this.#described) return undefined;
    this.#described = counts;
    const failure = exporters.map(({ transport }) => transport?.problem).find((each) => each !== undefined);
    const isRejected = this.#rejected >= lost.traces + lost.logs + lost.metrics;
    return { counts, problem: isRejected ? this.#rejection : failure, isRejected };
  }

  #export(exporter: AccountedExporter, items: never, done: (result: ExportResult) => void): void {
    const { signal, send, transport } = exporter;
    const count = countItems(signal, items);
    if (signal === 'metrics' && this.#isEnding && !count.isForwarded) {
      const before = exporter.exported;
      exporter.exported = metricsFingerprint(items);
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
      finish: (result, rejection) => {
        if (!this.#pending.delete(pending)) return;
        this.#count(exporter, count, result, rejection);
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
      const start = () => send(items, (result) => pending.finish(result, transport?.takeRejection()));
      if (transport === undefined) start();
      else pending.body = transport.observe(start);
    } catch (error) {
      pending.finish({ code: FAILED, error: error as Error });
    }
  }

  #count(exporter: AccountedExporter, count: ItemCount, result: ExportResult, rejection?: Rejection): void {
    const { signal, delivery } = exporter;
    const { total, delta, own, isForwarded } = count;
    if (result.code === SUCCESS) {
      exporter.lostCumulative = 0;
      const rejected = rejection === undefined ? 0 : this.#reject(exporter, count, rejection);
      if (rejected === 0) delivery.succeed(total);
      // Log records that only report exports of log records must not cause the next ones.
      if (own === total) return;
      if (rejected < total) this.#publish(signal, 'exported', total - rejected);
      if (rejected > 0) this.#publish(signal, 'rejected', rejected);
      return;
    }
    // The error of the last attempt says more than that of the export.
    const error = delivery.report.lastError ?? explainExport(result.error).cause;
    if (isForwarded) {
      // It is sent again, or given up by the queue that it is from.
      delivery.fail(error);
      return;
    }
    this.#lost[signal] += delta;
    delivery.fail(error, delta);
    exporter.lostCumulative = total - delta;
    if (own < total) this.#publish(signal, 'failed', total);
  }

  /** Counts items that a collector rejected. @returns how many they are, at most `total` */
  #reject(
    exporter: AccountedExporter,
    { total, delta }: Pick<ItemCount, 'total' | 'delta'>,
    { count, reason }: Rejection,
  ): number {
    const { signal, delivery } = exporter;
    const rejected = Math.min(total, count);
    // It is not known which of them were rejected.
    const lost = Math.min(rejected, delta);
    exporter.lostCumulative = rejected - lost;
    this.#lost[signal] += lost;
    this.#rejected += rejected;
    this.#rejection = `the collector rejected ${numbered(rejected, signal)}${reason === '' ? '' : `: ${reason}`}`;
    delivery.reject(total - rejected, lost, this.#rejection);
    return rejected;
  }

  #publish(
    signal: ExportSignal,
    outcome: 'exported' | 'failed' | 'dropped' | 'rejected',
    count: number,
  ): void {
    if (!this.#isEnding) execute(EXPORT_EVENT, { count }, { signal, outcome });
  }

  #abortTransports(): void {
    for (const { transport } of this.#exporters.values()) transport?.abort();
    for (const { finish } of [...this.#pending]) finish(ABORTED);
  }
}
