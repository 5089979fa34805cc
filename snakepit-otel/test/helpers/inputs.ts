import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import type { AnyEvent } from '../../../src/catalog/any-event.js';
import { freePort } from '../../../test/helpers/free-port.js';
import type { InputsOptions } from '../../src/configuration/inputs.js';
import { Inputs } from '../../src/inputs/inputs.js';
import { CallSpans } from '../../src/inputs/otlp/call-spans.js';
import { startAccounting } from '../../src/sdk/current-accounting.js';
import { Forwarding } from '../../src/sdk/forwarding/forwarding.js';

/** Returns a new folder, which is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-inputs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Adds up what inputs of this process report. */
export function recordCounts() {
  const totals: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const ended: unknown[] = [];
  const clocks: AnyEvent[] = [];
  const on = (name: string, receive: (event: AnyEvent) => void) =>
    onTestFinished(listen(`snakepit.bridge.${name}`, receive));
  for (const name of ['accepted', 'refused', 'duplicate', 'lost', 'dropped_by_producer']) {
    totals[name] = 0;
    on(`events.${name}`, ({ measurements, metadata }) => {
      totals[name] = (totals[name] ?? 0) + Number(measurements.count);
      if (name === 'refused') {
        const reason = String(metadata.reason);
        refused[reason] = (refused[reason] ?? 0) + Number(measurements.count);
      }
    });
  }
  on('producer.ended', ({ metadata }) => ended.push(metadata.producer));
  on('clock.measured', (event) => clocks.push(event));
  return { totals, refused, ended, clocks };
}

/** Records the events of one name, as recorders receive them. */
export function recordNamed(name: string): AnyEvent[] {
  const events: AnyEvent[] = [];
  onTestFinished(listen(name, (event) => events.push(event)));
  return events;
}

/** Starts inputs, which are stopped after the test, and records what they report. */
export async function startInputs(options: InputsOptions, defaults: InputsOptions = {}) {
  const warnings: string[] = [];
  const counts = recordCounts();
  const forwarding = new Forwarding({}, startAccounting());
  const inputs = new Inputs(options, defaults, (line) => warnings.push(line), {
    forwarding,
    calls: new CallSpans(),
  });
  onTestFinished(() => inputs.stop());
  await inputs.start();
  return { inputs, warnings, ...counts };
}

/** Starts a Unix socket in a new folder. */
export async function startUnix() {
  const path = join(await temporaryFolder(), 'events.sock');
  return { path, ...(await startInputs({ unix: { path } })) };
}

/** Starts the HTTP server on a free port. */
export async function startHttp(tokenFile?: string) {
  const port = Number(await freePort());
  return {
    port,
    url: `http://127.0.0.1:${port}/v1/events`,
    ...(await startInputs({ http: { port, tokenFile } })),
  };
}

/** Connects to a socket. The connection is closed after the test. */
export async function connectTo(
  target: { readonly path: string } | { readonly port: number; readonly host?: string },
) {
  const socket = connect(target);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return socket;
}

/** Collects what a socket receives. */
export function received(socket: Socket) {
  const output = { text: '', isEnded: false };
  socket.on('data', (chunk) => {
    output.text += chunk;
  });
  socket.once('end', () => {
    output.isEnded = true;
  });
  return output;
}

/** Resolves when `check` does not throw anymore. */
export const eventually = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 10 });

/** Returns a line of an event that is not in the catalog. */
export const line = (rest: object = {}) =>
  `${JSON.stringify({ event: 'inputs.test', measurements: { value: 1 }, ...rest })}\n`;

/** Returns lines with the sequence numbers of a range, the end excluded. */
export const numbered = (producer: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line({ producer, seq: from + i })).join('');
