import type { AddressInfo } from 'node:net';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import type { InputName, InputsOptions, WorkerInputOptions } from '../configuration/inputs.js';
import type { Forwarding } from '../sdk/forwarding/forwarding.js';
import { EVENTS_PATH, EventsEndpoint } from './events-endpoint.js';
import { type HttpHandler, HttpServer } from './http-server.js';
import { InputError } from './input-error.js';
import type { CallSpans } from './otlp/call-spans.js';
import { countOtlp } from './otlp/count-otlp.js';
import { OtlpEndpoint } from './otlp/otlp-endpoint.js';
import type { ShownSpans } from './otlp/shown-spans.js';
import { Pipeline } from './pipeline.js';
import { SocketServer } from './socket-server.js';
import { StdinReader } from './stdin.js';
import { tokenCheck } from './token.js';
import { UnixSocket } from './unix-socket.js';
import { WorkerStreams } from './worker-stream/worker-streams.js';

const UNIX_PATH = '/run/snakepit-otel/events.sock';
const UNIX_MODE = '0660';
const LOOPBACK = '127.0.0.1';
const TCP_PORT = 4320;
const HTTP_PORT = 4319;
const OTLP_PORT = 4318;
/** Time for lines that were read to be processed at the end, ms. */
const DRAIN_LIMIT_MS = 2000;
/** Time for the last answers to be sent, ms. */
const CLOSE_LIMIT_MS = 300;

/** An input. */
interface Input {
  readonly name: InputName;
  /** Path, or host and port. */
  readonly address: string;
  /** Begins the address in a URL. */
  readonly scheme?: string;
  /** Path of the URL. */
  readonly path?: string;
  /** Starts to receive. Resolves with the address if the system selected it. */
  listen(): Promise<string | undefined>;
  /** Stops listening and reading. */
  stopReading(): void;
  /** Sends the last answers and closes all connections. */
  close(): Promise<void>;
}

/** State of an input. */
export interface InputState {
  readonly input: InputName;
  /** Path, URL, or host and port. */
  readonly address: string;
  readonly state: 'starting' | 'listening' | 'failed';
  /** True if settings select it; false for a default. */
  readonly isConfigured: boolean;
  /** Why it could not be started, and what to do about it. */
  readonly error?: string;
}

/** Prints a line; `info` if nothing is wrong. */
type PrintLine = (line: string, level?: 'info') => void;

/** What received OTLP goes to. */
interface OtlpTargets {
  readonly forwarding: Forwarding;
  readonly calls: CallSpans;
  /** Spans that the live page shows; absent without a page. */
  readonly shown?: ShownSpans | undefined;
}

/** Inputs for events of other processes. */
export class Inputs {
  readonly #pipeline = new Pipeline();
  readonly #inputs: readonly Input[];
  readonly #given: InputsOptions;
  readonly #warn: PrintLine;
  readonly #states = new Map<InputName, Pick<InputState, 'address' | 'state' | 'error'>>();

  /**
   * Prepares inputs.
   *
   * @param given inputs that settings select
   * @param defaults inputs that are started unless settings say otherwise, and do without if they cannot be
   * @param warn prints a line
   * @param otlpTargets what received OTLP goes to
   * @throws ConfigurationError for an input that other hosts can reach without a token
   */
  constructor(given: InputsOptions, defaults: InputsOptions, warn: PrintLine, otlpTargets: OtlpTargets) {
    this.#given = given;
    this.#warn = warn;
    const pipeline = this.#pipeline;
    const { unix, tcp, http, stdin, otlp, workers = [] } = { ...defaults, ...given };
    this.#inputs = [
      ...(unix ? [unixInput(pipeline, optionsOf(unix))] : []),
      ...(tcp ? [tcpInput(pipeline, optionsOf(tcp))] : []),
      ...(http ? [httpInput(pipeline, optionsOf(http))] : []),
      ...(stdin ? [stdinInput(pipeline)] : []),
      ...(otlp ? [otlpInput(otlpTargets, optionsOf(otlp))] : []),
      ...(workers.length > 0 ? [workersInput(pipeline, workers, warn)] : []),
    ];
  }

  /** True if there are inputs. */
  get isActive(): boolean {
    return this.#inputs.length > 0;
  }

  /** The state of each input. */
  get states(): readonly InputState[] {
    return this.#inputs.map((input) => ({
      input: input.name,
      address: urlOf(input),
      state: 'starting',
      isConfigured: Boolean(this.#given[input.name]),
      ...this.#states.get(input.name),
    }));
  }

  /** Starts to receive. Rejects with InputError if an input that settings select cannot be started; the others run. */
  async start(): Promise<void> {
    if (!this.isActive) return;
    this.#pipeline.counts.publish();
    const errors = await Promise.all(this.#inputs.map((input) => this.#listen(input)));
    for (const error of errors) if (error !== undefined) throw error;
  }

  async #listen(input: Input): Promise<InputError | undefined> {
    try {
      const selected = await input.listen();
      this.#states.set(input.name, { state: 'listening', address: selected ?? urlOf(input) });
      if (selected !== undefined) this.#warn(`events are received on ${selected}`, 'info');
    } catch (cause) {
      const error = new InputError(input.name, input.address, { cause });
      this.#states.set(input.name, { state: 'failed', address: urlOf(input), error: error.message });
      if (this.#given[input.name]) return error;
      this.#warn(error.message);
    }
    return undefined;
  }

  /** Stops reading until `resume()`. Resolves when what was read is processed. */
  pause(): Promise<void> {
    this.#pipeline.pause();
    return withTimeout(DRAIN_LIMIT_MS, this.#pipeline.drained(), undefined);
  }

  /** Reads again. */
  resume(): void {
    this.#pipeline.resume();
  }

  /** Processes what was read, answers it and closes everything. Bounded. */
  async stop(): Promise<void> {
    for (const input of this.#inputs) input.stopReading();
    await withTimeout(DRAIN_LIMIT_MS, this.#pipeline.drained(), undefined);
    const closed = Promise.all(this.#inputs.map((input) => input.close()));
    await withTimeout(CLOSE_LIMIT_MS, closed, undefined);
    this.#pipeline.stop();
  }
}

const urlOf = ({ scheme = '', address, path = '' }: Input): string => `${scheme}${address}${path}`;

const optionsOf = <T extends object>(options: T | boolean): Partial<T> =>
  typeof options === 'object' ? options : {};

function unixInput(pipeline: Pipeline, options: { readonly path?: string; readonly mode?: string }): Input {
  const { path = UNIX_PATH, mode = UNIX_MODE } = options;
  const socket = new UnixSocket(pipeline, path, Number.parseInt(mode, 8));
  return {
    name: 'unix',
    address: path,
    listen: async () => {
      await socket.listen();
      return undefined;
    },
    stopReading: () => socket.stopReading(),
    close: () => socket.close(),
  };
}

interface ServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tokenFile?: string;
}

function tcpInput(pipeline: Pipeline, { host = LOOPBACK, port = TCP_PORT, tokenFile }: ServerOptions): Input {
  const server = new SocketServer('tcp', pipeline, tokenCheck('tcp', host, tokenFile));
  return {
    name: 'tcp',
    address: `${host}:${port}`,
    scheme: 'tcp://',
    listen: async () => {
      await server.listen({ host, port });
      return port === 0 ? `tcp://${host}:${portOf(server)}` : undefined;
    },
    stopReading: () => server.stopReading(),
    close: () => server.close(),
  };
}

function httpInput(
  pipeline: Pipeline,
  { host = LOOPBACK, port = HTTP_PORT, tokenFile }: ServerOptions,
): Input {
  const endpoint = new EventsEndpoint(pipeline, tokenCheck('http', host, tokenFile));
  return serverInput(endpoint, host, port, EVENTS_PATH);
}

function otlpInput(
  targets: OtlpTargets,
  { host = LOOPBACK, port = OTLP_PORT, tokenFile }: ServerOptions,
): Input {
  const checkToken = tokenCheck('otlp', host, tokenFile);
  if (port !== 0 && targets.forwarding.exportsTo(port)) {
    const allowed =
      'a port to which no OTLP exporter exports: what the input receives would come back without end';
    throw new ConfigurationError('inputs.otlp.port', port, allowed);
  }
  return serverInput(new OtlpEndpoint({ ...targets, counts: countOtlp, checkToken }), host, port, '');
}

function serverInput(handler: HttpHandler, host: string, port: number, path: string): Input {
  const server = new HttpServer(handler);
  return {
    name: handler.input,
    address: `${host}:${port}`,
    scheme: 'http://',
    path,
    listen: async () => {
      await server.listen(host, port);
      return port === 0 ? `http://${host}:${portOf(server)}${path}` : undefined;
    },
    stopReading: () => server.stopReading(),
    close: () => server.close(),
  };
}

function stdinInput(pipeline: Pipeline): Input {
  let reader: StdinReader | undefined;
  return {
    name: 'stdin',
    address: 'the standard input',
    listen: async () => {
      reader = new StdinReader(process.stdin, pipeline);
      return undefined;
    },
    stopReading: () => reader?.stopReading(),
    close: async () => {},
  };
}

function workersInput(pipeline: Pipeline, workers: readonly WorkerInputOptions[], warn: PrintLine): Input {
  const streams = new WorkerStreams();
  return {
    name: 'workers',
    address: workers.map(({ address }) => address).join(', '),
    listen: async () => {
      streams.start(workers, pipeline, warn);
      return undefined;
    },
    stopReading: () => streams.stopReading(),
    close: async () => streams.close(),
  };
}

const portOf = ({ address }: { readonly address: AddressInfo | string | null }): number =>
  (address as AddressInfo).port;
