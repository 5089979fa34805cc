import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { InputName } from '../configuration/inputs.js';
import type { TokenCheck } from '../configuration/token.js';
import { ACK_INTERVAL_MS, MAX_CONNECTIONS } from './limits.js';
import type { Pipeline } from './pipeline.js';
import { SocketConnection } from './socket-connection.js';
import { untilClosed } from './until-closed.js';

/** Time that a connection has for its token, ms. */
const TOKEN_LIMIT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

let connections = 0;

/** What a socket does with the lines of its connections. */
interface Options {
  readonly input: InputName;
  readonly pipeline: Pipeline;
  /** Check of the token that a hello has to contain. @default none */
  readonly checkToken: TokenCheck | undefined;
}

/** A socket that receives lines. Keeps no process alive. */
export class SocketServer {
  readonly #options: Options;
  readonly #connections = new Map<SocketConnection, Socket>();
  #server: Server;
  #acks: NodeJS.Timeout | undefined;

  constructor(input: InputName, pipeline: Pipeline, checkToken?: TokenCheck) {
    this.#options = { input, pipeline, checkToken };
    this.#server = this.#createServer();
  }

  /**
   * Resolves when the address is bound.
   *
   * @param onBind called as soon as it is, before anyone can have connected
   */
  async listen(options: ListenOptions, onBind = () => {}): Promise<void> {
    const server = this.#server;
    const listening = once(server, 'listening');
    server.listen({ ...options, exclusive: true });
    if (server.listening) onBind();
    await listening;
    server.on('error', (error) => warnOnce(`A socket failed: ${error.message}`));
    this.#acks ??= setInterval(() => {
      for (const connection of this.#connections.keys()) connection.acknowledge();
    }, ACK_INTERVAL_MS).unref();
  }

  /** Stops listening, so that `listen()` can be called again. Connections stay. */
  stopListening(): void {
    this.#server.close();
    this.#server = this.#createServer();
  }

  /** The address, for a socket with port 0. */
  get address() {
    return this.#server.address();
  }

  #createServer(): Server {
    const { input } = this.#options;
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket)).unref();
    server.maxConnections = MAX_CONNECTIONS;
    return server.on('drop', () => {
      warnOnce(`Input ${input} has ${MAX_CONNECTIONS} connections, and closes further ones.`);
      this.#closeSilent();
    });
  }

  #accept(socket: Socket): void {
    socket.unref();
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const connection = new SocketConnection(socket, ++connections, this.#options);
    this.#connections.set(connection, socket);
    socket.once('close', () => this.#connections.delete(connection));
    if (this.#options.checkToken === undefined) return;
    const limit = setTimeout(() => connection.isAdmitted || socket.destroy(), TOKEN_LIMIT_MS).unref();
    socket.once('close', () => clearTimeout(limit));
  }

  /** Closes the connections that have sent no line for long, so that those that were closed may come back. */
  #closeSilent(): void {
    for (const [connection, socket] of this.#connections) if (connection.isSilent) socket.destroy();
  }

  /** Stops listening and reading. */
  stopReading(): void {
    clearInterval(this.#acks);
    this.#server.close();
    for (const connection of this.#connections.keys()) connection.stopReading();
  }

  /** Sends the last acknowledgements and closes all connections. */
  async close(): Promise<void> {
    const closed = untilClosed(this.#connections.values());
    for (const connection of this.#connections.keys()) connection.close();
    await closed;
  }
}
