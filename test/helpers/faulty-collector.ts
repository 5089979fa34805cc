import { createServer, type Socket } from 'node:net';
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

/** Serves connections with `respond`, until the test is finished. */
async function serve(respond: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A process that is gone resets its connections.
    socket.on('error', () => {});
    socket.resume();
    respond(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
