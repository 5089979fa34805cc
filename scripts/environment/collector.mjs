// A collector that records what arrives over HTTP, HTTPS and gRPC.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { gunzipSync } from 'node:zlib';

/** @typedef {{ signal: string, path: string, headers: object, json: any, at: number, abortedAfterMs?: number }} Received */

/**
 * @param {{ hangs?: string, tls?: object }} [options] `hangs`: signal whose requests get no response
 * @returns {Promise<{ url: string, received: Received[], close: () => void }>}
 */
export async function startCollector({ hangs, tls } = {}) {
  const received = [];
  const respond = async (request, response) => {
    const at = performance.now();
    const chunks = [];
    const entry = {
      path: request.url,
      signal: request.url.split('/').at(-1),
      headers: request.headers,
      json: undefined,
      at,
    };
    request.on('error', () => {});
    response.once('close', () => {
      if (!response.writableEnded) entry.abortedAfterMs = performance.now() - at;
    });
    for await (const chunk of request) chunks.push(chunk);
    entry.json = parse(Buffer.concat(chunks), request.headers);
    received.push(entry);
    if (entry.signal !== hangs) response.end('{}');
  };
  const handle = (request, response) => respond(request, response).catch(() => {});
  return listen(
    tls ? createHttpsServer(tls, handle) : createServer(handle),
    received,
    tls ? 'https' : 'http',
  );
}

/** Starts a collector for gRPC without TLS. */
export async function startGrpcCollector() {
  const received = [];
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    const signal = { Trace: 'traces', Metrics: 'metrics', Logs: 'logs' }[
      /(Trace|Metrics|Logs)Service/.exec(headers[':path'])?.[1]
    ];
    received.push({ signal, path: headers[':path'], headers, json: undefined, at: performance.now() });
    stream.on('error', () => {}).resume();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  return listen(server, received, 'http');
}

async function listen(server, received, scheme) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `${scheme}://127.0.0.1:${server.address().port}`, received, close };
}

function parse(body, headers) {
  try {
    return JSON.parse(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
  } catch {
    return undefined; // protobuf
  }
}
