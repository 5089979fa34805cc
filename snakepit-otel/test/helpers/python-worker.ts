import { readFileSync } from 'node:fs';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

type Stream = ServerDuplexStream<Buffer, Buffer>;

/** Value of a `TelemetryValue`, as recorded. */
interface RecordedValue {
  readonly int_value?: string;
  readonly float_value?: number | null;
  readonly string_value?: string;
}

/** An event that a real Python worker sent: its bytes, and what they mean. */
interface RecordedEvent {
  readonly bytes: Buffer;
  readonly event_parts: readonly string[];
  readonly measurements?: Readonly<Record<string, RecordedValue>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timestamp_ns: string;
  readonly correlation_id?: string;
}

/** Returns the recorded events of workers. Those that were cut are left out. */
export const recordedEvents = (): RecordedEvent[] =>
  ['02-forms-nested-parallel', '05-second-consumer-fixed'].flatMap((file) =>
    readFileSync(
      new URL(`../../../test/fixtures/snakepit-recordings/${file}.ndjson`, import.meta.url),
      'utf8',
    )
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ kind, json }) => kind === 'event' && json.truncated !== true)
      .map(({ hex, json }) => ({ ...json, bytes: Buffer.from(hex, 'hex') })),
  );

/** Starts a gRPC server that speaks for a Python worker, closed after the test. */
export async function startWorker({ port = 0, isThreaded = false } = {}) {
  const controls: string[] = [];
  const streams: Stream[] = [];
  const server = new Server();
  const asBuffer = (bytes: Buffer) => bytes;
  const method = {
    path: '/snakepit.bridge.BridgeService/StreamTelemetry',
    requestStream: true,
    responseStream: true,
    requestSerialize: asBuffer,
    requestDeserialize: asBuffer,
    responseSerialize: asBuffer,
    responseDeserialize: asBuffer,
  };
  server.addService(
    { StreamTelemetry: method },
    {
      StreamTelemetry: (stream: Stream) => {
        streams.push(stream);
        if (isThreaded) {
          stream.emit('error', { code: status.UNIMPLEMENTED, details: 'Method not implemented!' });
          return;
        }
        stream.sendMetadata(new Metadata());
        stream.on('data', (control: Buffer) => controls.push(control.toString('hex')));
      },
    },
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, free) =>
      error ? reject(error) : resolve(free),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    controls,
    streams,
    /** Sends events on the newest stream. */
    send: (events: readonly Buffer[]) => {
      for (const event of events) streams.at(-1)?.write(event);
    },
    /** Ends the newest stream as a worker that stops does. */
    stop: () => streams.at(-1)?.end(),
    kill: () => server.forceShutdown(),
  };
}
