import { accountDelivery } from './current-accounting.js';
import type { ExportSignal } from './export-signal.js';

interface Exporter {
  export(items: never, done: (result: { readonly code: number }) => void): void;
}

/** Returns an exporter that cannot fail, such as one to the console, with its exports in the list of deliveries only. */
export function observeDelivery<E extends object>(exporter: E, signal: ExportSignal, name: string): E {
  const delivery = accountDelivery(name, signal);
  const { export: send } = exporter as E & Exporter;
  return Object.assign(Object.create(exporter) as E, {
    export: ((items, done) => {
      send.call(exporter, items, (result) => {
        delivery.succeed((items as { readonly length: number }).length);
        done(result);
      });
    }) satisfies Exporter['export'],
  });
}
