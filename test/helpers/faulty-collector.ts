import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Faults of a collector, by name: each returns the endpoint. */
export const FAULTY_COLLECTORS = {
  /** Nothing listens on the port of the discard service. */
  refused: async () => 'http://127.0.0.1:9',
  hanging: () => serve(() => {}),
  dripping: () =>
    serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 50);
      socket.once('close', () => clearInterval(timer));
    }),
  unavailable: () =>
    serve((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'));
    }),
  /** `.invalid` never resolves (RFC 2606). */
  nameless: async () => 'http://collector.invalid:4318',
} as const;

/** As {@link FAULTY_COLLECTORS}, with faults that only gRPC has. */
export const FAULTY_GRPC_COLLECTORS = {
  ...FAULTY_COLLECTORS,
  /** Answers with the status 14, as a server does that is starting or shuts down. */
  'status UNAVAILABLE': () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.on('error', () => {}).resume();
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': 'Busy' },
        { endStream: true },
      );
    });
    return listen(server);
  },
} as const;

/** Serves connections with `respond`, until the test is finished. */
const serve = (respond: (socket: Socket) => void): Promise<string> =>
  listen(
    createServer((socket) => {
      socket.resume();
      respond(socket);
    }),
  );

/** Starts a server, which is closed when the test is finished. */
async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    // A process that is gone resets its connections.
    socket.on('error', () => {});
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
