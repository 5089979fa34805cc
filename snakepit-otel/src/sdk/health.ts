import type { ServerResponse } from 'node:http';
import type { InputState } from '../inputs/inputs.js';
import type { RelayState, WorkerState } from '../inputs/worker-watch.js';
import type { DeliveryReport } from './delivery-report.js';
import type { PageHandler, PageServer } from './page-server.js';

/** Lag of the event loop from which on the process is not healthy, ms. */
const MAX_LAG_MS = 5000;
/** Time between measurements of the lag, ms. */
const CHECK_INTERVAL_MS = 1000;

export const HEALTH_PATH = '/healthz';
export const READY_PATH = '/readyz';

/** Body of `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  readonly version: string;
  readonly inputs: readonly InputState[];
  readonly exporters: readonly DeliveryReport[];
  readonly workers: readonly WorkerState[];
  readonly relay: RelayState;
}

/** What `/readyz` reports. */
export interface ReadinessSource {
  readonly version: string;
  readonly inputs: () => readonly InputState[];
  readonly exporters: () => readonly DeliveryReport[];
  readonly workers: () => readonly WorkerState[];
  readonly relay: () => RelayState;
}

/** Returns the state of all inputs and exporters. An exporter is ready until its last export has failed. */
export function readiness({ version, inputs, exporters, workers, relay }: ReadinessSource): Readiness {
  const [inputStates, reports] = [inputs(), exporters()];
  const ready =
    inputStates.every(({ state }) => state === 'listening') &&
    reports.every(({ state }) => state !== 'failing');
  return { ready, version, inputs: inputStates, exporters: reports, workers: workers(), relay: relay() };
}

/**
 * Serves `/healthz` and `/readyz`.
 *
 * @returns a function that ends the measurement of the lag
 */
export function addHealthPages(server: PageServer, source: ReadinessSource): () => void {
  let lagMs = 0;
  let due = performance.now() + CHECK_INTERVAL_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lagMs = Math.max(0, now - due);
    due = now + CHECK_INTERVAL_MS;
  }, CHECK_INTERVAL_MS).unref();
  server.add(
    HEALTH_PATH,
    page(() => ({
      isGood: lagMs < MAX_LAG_MS,
      body: { event_loop_lag_seconds: Number((lagMs / 1000).toFixed(3)) },
    })),
  );
  server.add(
    READY_PATH,
    page(() => {
      const body = readiness(source);
      return { isGood: body.ready, body };
    }),
  );
  return () => clearInterval(timer);
}

const page =
  (state: () => { readonly isGood: boolean; readonly body: object }): PageHandler =>
  ({ method }, response) => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const { isGood, body } = state();
    answer(response, isGood ? 200 : 503, body);
  };

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
