import type { ConfigurationModel } from '@opentelemetry/configuration';
import type { ExportAccounting } from '../export-accounting.js';
import type { ExportSignal } from '../export-signal.js';
import { otlpLogs, otlpMetrics, otlpTraces } from '../otlp.js';
import { ForwardExporter, type OtlpEntry } from './forward-exporter.js';
import { ForwardQueue } from './forward-queue.js';
import type { Encoding, ForwardedRequest } from './forwarded-request.js';

const FACTORIES = { traces: otlpTraces, metrics: otlpMetrics, logs: otlpLogs };

interface Target {
  readonly exporter: ForwardExporter;
  readonly queue: ForwardQueue;
}

/** Whether a request to export can be forwarded now: not if no exporter takes its signal or encoding, or if a queue is full. */
export type Readiness = 'ready' | 'full' | 'no exporter' | 'no JSON';

/**
 * Returns the targets that a request goes to: all but those whose collectors fail and for which too much waits. All, if no other is left.
 * A collector that is slow is waited for; one that is gone does not hold up the others.
 */
function receivingTargets(targets: readonly Target[], bytes: number): readonly Target[] {
  const receiving = targets.filter(({ queue }) => !queue.isFailing || queue.hasRoomFor(bytes));
  return receiving.length > 0 ? receiving : targets;
}

/** Forwards requests to export of other processes to the collectors of all OTLP exporters of their signal. */
export class Forwarding {
  readonly #targets: Readonly<Record<ExportSignal, readonly Target[]>>;

  constructor(model: ConfigurationModel, accounting: ExportAccounting) {
    const targets = (signal: ExportSignal, exporters: readonly (object | null | undefined)[]): Target[] =>
      exporters.flatMap((entry) => {
        const otlp = Object.entries(entry ?? {}).find(
          ([kind]) => kind === 'otlp_http' || kind === 'otlp_grpc',
        );
        if (otlp === undefined) return [];
        const [kind, properties] = otlp;
        const exporter = new ForwardExporter(signal, FACTORIES[signal], [
          kind,
          properties ?? {},
        ] as OtlpEntry);
        const queue = new ForwardQueue({
          send: (request) => exporter.send(request),
          lose: (count) => accounting.lose(signal, count),
        });
        return [{ exporter, queue }];
      });
    this.#targets = {
      traces: targets(
        'traces',
        (model.tracer_provider?.processors ?? []).map(
          ({ batch, simple }) => batch?.exporter ?? simple?.exporter,
        ),
      ),
      metrics: targets(
        'metrics',
        (model.meter_provider?.readers ?? []).map(({ periodic }) => periodic?.exporter),
      ),
      logs: targets(
        'logs',
        (model.logger_provider?.processors ?? []).map(
          ({ batch, simple }) => batch?.exporter ?? simple?.exporter,
        ),
      ),
    };
  }

  /** Returns true if an exporter exports to a port of this host. */
  exportsTo(port: number): boolean {
    return Object.values(this.#targets).some((targets) =>
      targets.some(({ exporter }) => exporter.isLocalPort(port)),
    );
  }

  /** Returns whether a request of `bytes` bytes can be forwarded. */
  readiness(signal: ExportSignal, encoding: Encoding, bytes: number): Readiness {
    const targets = this.#targets[signal];
    if (targets.length === 0) return 'no exporter';
    if (!targets.every(({ exporter }) => exporter.accepts(encoding))) return 'no JSON';
    return receivingTargets(targets, bytes).every(({ queue }) => queue.hasRoomFor(bytes)) ? 'ready' : 'full';
  }

  /**
   * Forwards a request. It is sent again until each collector takes it, or refuses it for good. It is lost for a collector that fails if
   * too much waits for it.
   */
  forward(signal: ExportSignal, request: ForwardedRequest): void {
    const targets = this.#targets[signal];
    const receiving = receivingTargets(targets, request.body.length);
    for (const target of targets) {
      if (receiving.includes(target)) target.queue.add(request);
      else target.queue.drop(request);
    }
  }

  /** True if requests wait. */
  get isWaiting(): boolean {
    return this.#queues.some((queue) => queue.length > 0);
  }

  /** Resolves when everything has been forwarded. */
  async drained(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.drained()));
  }

  /** Gives up what waits, and counts it. */
  stop(): void {
    for (const queue of this.#queues) queue.stop();
  }

  get #queues(): ForwardQueue[] {
    return Object.values(this.#targets).flatMap((targets) => targets.map(({ queue }) => queue));
  }
}
