import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

/** A received export request. */
interface Export {
  readonly signal: string;
  readonly contentType: string;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly exports: Export[];
}

/**
 * Starts a fake collector that receives OTLP over HTTP, closed after the test.
 *
 * @param delayMs time until it answers, ms
 * @param answer body of its answers
 */
export async function httpReceiver(delayMs = 0, answer: string | Uint8Array = '{}'): Promise<OtlpReceiver> {
  const exports: Export[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    exports.push({
      signal: (request.url ?? '').replace('/v1/', ''),
      contentType: request.headers['content-type'] ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    });
    setTimeout(() => response.end(answer), delayMs);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exports };
}

/** As {@link httpReceiver}, over gRPC. */
export async function grpcReceiver(delayMs = 0, answer: Uint8Array = Buffer.alloc(0)): Promise<OtlpReceiver> {
  const exports: Export[] = [];
  const server = new Server();
  const asBuffer = (bytes: Buffer) => bytes;
  for (const signal of ['trace', 'metrics', 'logs']) {
    const service = `opentelemetry.proto.collector.${signal}.v1.${signal[0]?.toUpperCase()}${signal.slice(1)}Service`;
    const method = {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    };
    server.addService(
      { Export: method },
      {
        Export: (
          call: { request: Buffer; metadata: { getMap(): Record<string, unknown> } },
          done: (error: null, response: Buffer) => void,
        ) => {
          exports.push({
            signal: signal === 'trace' ? 'traces' : signal,
            contentType: 'application/grpc',
            headers: call.metadata.getMap(),
            body: call.request,
          });
          setTimeout(() => done(null, Buffer.from(answer)), delayMs);
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { endpoint: `http://127.0.0.1:${port}`, exports };
}
