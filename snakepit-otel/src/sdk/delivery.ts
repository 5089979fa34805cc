import { catchErrors } from 'opentelemetry-instrumentation-snakepit/internal';
import type { DeliveryReport } from './delivery-report.js';

/** Shortest time between two reports of an exporter whose state is the same, ms. */
const REPORT_INTERVAL_MS = 250;

type Listener = (report: DeliveryReport) => void;
/** What identifies an exporter. */
export type DeliveryTarget = Pick<DeliveryReport, 'exporter' | 'signal' | 'address'>;

/** What one exporter has delivered of one signal. */
export class Delivery {
  /** Returns the number of items that wait. */
  queued: () => number = () => 0;
  #target: DeliveryTarget;
  readonly #onChange: Listener;
  #state: DeliveryReport['state'] = 'waiting';
  #sent = 0;
  #lost = 0;
  #lastSuccess: number | undefined;
  #lastError: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: DeliveryTarget, onChange: Listener) {
    this.#target = target;
    this.#onChange = onChange;
  }

  /** Sets the address once it is known. */
  set address(address: string) {
    this.#target = { ...this.#target, address };
  }

  /** Records an export that succeeded. @param error problem that it had nevertheless */
  succeed(count: number, error?: string): void {
    this.#sent += count;
    this.#lastSuccess = Date.now();
    this.#lastError = error;
    this.#enter('ok');
  }

  /**
   * Records an attempt that failed.
   *
   * @param error in plain words; undefined keeps that of the attempt before
   * @param lost items that are given up with it
   */
  fail(error: string | undefined, lost = 0): void {
    this.#lost += lost;
    this.#lastError = error ?? this.#lastError ?? 'unknown error';
    this.#enter('failing');
  }

  /**
   * Records an export of which the collector rejected items.
   *
   * @param accepted items that it did not reject
   * @param lost rejected items that no later export makes up for
   */
  reject(accepted: number, lost: number, error: string): void {
    if (accepted === 0) this.fail(error, lost);
    else {
      this.#lost += lost;
      this.succeed(accepted, error);
    }
  }

  /** Records items that a full queue did not take. */
  drop(count: number): void {
    this.#lost += count;
    this.#changed(false);
  }

  /** The state of now. */
  get report(): DeliveryReport {
    return {
      ...this.#target,
      state: this.#state,
      ...(this.#lastSuccess !== undefined && { lastSuccess: this.#lastSuccess }),
      sent: this.#sent,
      lost: this.#lost,
      queued: this.queued(),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  #enter(state: DeliveryReport['state']): void {
    const isOther = state !== this.#state;
    this.#state = state;
    this.#changed(isOther);
  }

  #changed(isOther: boolean): void {
    if (isOther) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#onChange(this.report);
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#onChange(this.report);
      }, REPORT_INTERVAL_MS).unref();
    }
  }
}

/** The deliveries of all exporters. */
export interface DeliveryList {
  /** Returns the state of each exporter, in the order of the configuration. */
  list(): readonly DeliveryReport[];
  /**
   * Calls `listener` for each change: at once if the state is another one, else at most four times a second for each exporter.
   *
   * @returns a function that ends the calls
   */
  onChange(listener: Listener): () => void;
}

/** Keeps what the exporters of this process deliver. */
export class Deliveries implements DeliveryList {
  readonly #deliveries: Delivery[] = [];
  readonly #listeners = new Set<Listener>();

  /** Adds an exporter. */
  add(target: DeliveryTarget): Delivery {
    const delivery = new Delivery(target, (report) => {
      for (const listener of this.#listeners) listener(report);
    });
    this.#deliveries.push(delivery);
    return delivery;
  }

  list(): readonly DeliveryReport[] {
    return this.#deliveries.map(({ report }) => report);
  }

  onChange(listener: Listener): () => void {
    const guarded = catchErrors('A listener of deliveries', listener);
    this.#listeners.add(guarded);
    return () => void this.#listeners.delete(guarded);
  }
}
