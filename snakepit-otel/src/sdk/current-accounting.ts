import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import type { Delivery } from './delivery.js';
import { type Export, ExportAccounting } from './export-accounting.js';
import type { ExportSignal } from './export-signal.js';

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
