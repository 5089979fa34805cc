import type { DeliveryList } from '../sdk/delivery.js';
import type { DeliveryReport } from '../sdk/delivery-report.js';
import type { Log } from './log.js';

/** Shortest time between two lines of the same kind about one address, ms. */
const INTERVAL_MS = 60_000;

/** What is known of the exporters to one address. */
interface Address {
  readonly exporter: string;
  readonly address: string | undefined;
  /** Signals that fail now. */
  readonly failing: Set<DeliveryReport['signal']>;
  /** When it began to fail; absent while it works. */
  failingSince?: number;
  /** When the last line about a failure was written. */
  reportedAt?: number;
  /** True if the failure of now was reported. */
  isReported: boolean;
  lastError: string;
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Writes one line when exports to an address fail, and one when they work again: at most one of each in a minute, for all signals
 * together.
 *
 * @returns a function that ends it
 */
export function logDeliveries(deliveries: DeliveryList, log: Log): () => void {
  const addresses = new Map<string, Address>();

  const report = (each: Address) => {
    const { exporter, address, lastError, failing } = each;
    each.isReported = true;
    each.reportedAt = performance.now();
    log.warn('exporter fails', { exporter, signals: [...failing], address, error: lastError });
  };
  const fail = (each: Address) => {
    each.failingSince ??= performance.now();
    if (each.isReported || each.timer !== undefined) return;
    const waitMs = each.reportedAt === undefined ? 0 : each.reportedAt + INTERVAL_MS - performance.now();
    if (waitMs <= 0) return report(each);
    each.timer = setTimeout(() => {
      each.timer = undefined;
      if (each.failing.size > 0) report(each);
    }, waitMs).unref();
  };
  const recover = (each: Address) => {
    const seconds = Math.round((performance.now() - (each.failingSince ?? 0)) / 1000);
    const { exporter, address, isReported } = each;
    delete each.failingSince;
    each.isReported = false;
    if (isReported) log.info('exporter works again', { exporter, address, after: `${seconds}s` });
  };

  const receive = ({ exporter, signal, address, state, lastError = '' }: DeliveryReport) => {
    // A page of metrics that cannot be served ends the start.
    if (state === 'waiting' || exporter === 'prometheus') return;
    const base = baseOf(address);
    const key = `${exporter} ${base}`;
    const each = addresses.get(key) ?? {
      exporter,
      address: base,
      failing: new Set(),
      isReported: false,
      lastError,
    };
    addresses.set(key, each);
    if (state === 'failing') {
      each.failing.add(signal);
      each.lastError = lastError;
      fail(each);
    } else if (each.failing.delete(signal) && each.failing.size === 0) recover(each);
  };

  for (const each of deliveries.list()) receive(each);
  const end = deliveries.onChange(receive);
  return () => {
    end();
    for (const { timer } of addresses.values()) clearTimeout(timer);
  };
}

/** Returns an address without the path of its signal. */
const baseOf = (address: string | undefined): string | undefined =>
  address?.replace(/\/v1\/(?:traces|metrics|logs)$/, '');
