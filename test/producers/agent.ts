import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InputsOptions } from '../../snakepit-otel/src/configuration/inputs.js';
import { Inputs } from '../../snakepit-otel/src/inputs/inputs.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';

/** Creates a folder for sockets, removed after the test. */
export async function socketFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-producer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the inputs of the agent, until the returned function or the end of the test stops them. */
export async function startInputs(options: InputsOptions): Promise<() => Promise<void>> {
  const warnings: string[] = [];
  const inputs = new Inputs(options, {}, (line) => warnings.push(line));
  await inputs.start();
  onTestFinished(() => inputs.stop());
  return () => inputs.stop();
}

/** Records events of the bus, and sums the counts of the inputs, until the end of the test. */
export function recordArrivals(...names: readonly string[]) {
  const events: AnyEvent[] = [];
  const counts = { accepted: 0, refused: 0, duplicate: 0, lost: 0, dropped_by_producer: 0 };
  const stops = [
    ...names.map((name) => subscribe(name, (event) => events.push(event))),
    ...(Object.keys(counts) as (keyof typeof counts)[]).map((key) =>
      subscribe(`snakepit.bridge.events.${key}`, ({ measurements }) => {
        counts[key] += Number(measurements.count);
      }),
    ),
  ];
  onTestFinished(() => {
    for (const stop of stops) stop();
  });
  return { events, counts };
}

/** Listens on `path` and forwards to `target`, until the end of the test. */
export async function startRelay(path: string, target: string) {
  const sockets = new Set<Socket>();
  let isPaused = false;
  let bytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: target, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
    });
    client.pipe(upstream).pipe(client);
    if (isPaused) client.pause();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    /** Number of bytes that were forwarded. */
    get bytes() {
      return bytes;
    },
    /** Breaks all connections. */
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    /** Stops to read, or reads again; also from connections to come. */
    pause: (value: boolean) => {
      isPaused = value;
      for (const socket of sockets)
        if (value) socket.pause();
        else socket.resume();
    },
  };
}
