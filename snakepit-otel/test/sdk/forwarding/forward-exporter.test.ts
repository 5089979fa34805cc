import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { ForwardExporter } from '../../../src/sdk/forwarding/forward-exporter.js';
import { ForwardedRequest } from '../../../src/sdk/forwarding/forwarded-request.js';
import { otlpTraces } from '../../../src/sdk/otlp.js';

/** Starts a collector that takes messages of up to 1 kB, and is overloaded. */
async function startCollector(): Promise<string> {
  const asBuffer = (bytes: Buffer) => bytes;
  const details = new Metadata();
  details.set('grpc-status-details-bin', Buffer.from('retry'));
  const server = new Server({ 'grpc.max_receive_message_length': 1024 });
  server.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: asBuffer,
        requestDeserialize: asBuffer,
        responseSerialize: asBuffer,
        responseDeserialize: asBuffer,
      },
    },
    {
      Export: (_call: unknown, done: (error: object) => void) =>
        done({ code: status.RESOURCE_EXHAUSTED, details: 'overloaded', metadata: details }),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return `http://127.0.0.1:${port}`;
}

test('over gRPC, a request that is too large is refused for good, and one for an overloaded collector sent again', async () => {
  const entry = ['otlp_grpc', { endpoint: await startCollector() }] as const;
  const exporter = new ForwardExporter('traces', otlpTraces, entry);
  const send = (bytes: number) => exporter.send(new ForwardedRequest(Buffer.alloc(bytes), 'protobuf', 1));
  expect(await send(2048)).toBe('refused');
  expect(await send(10)).toBe('retry');
});
