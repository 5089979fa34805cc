import * as v from 'valibot';
import { flag, port, text, textOf } from './schemas.js';

/** The Unix socket that receives events of other processes. */
export interface UnixInputOptions {
  /**
   * Path of the socket, at most 107 bytes. Its directory is created with mode 0750 if it does not exist.
   * @default '/run/snakepit-otel/events.sock'
   */
  readonly path?: string;
  /**
   * Mode of the socket, as octal text. Who may write to it may send events.
   * @default '0660'
   */
  readonly mode?: string;
}

/** The TCP socket that receives events of other processes. */
export interface TcpInputOptions {
  /**
   * Address of the socket. One that is not loopback requires `tokenFile`.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port of the socket; 0 is any free port. @default 4320 */
  readonly port?: number;
  /**
   * File with the token that the first line of each connection has to contain: `{"hello":{"token":"…"}}`.
   * @default none
   */
  readonly tokenFile?: string;
}

/** The HTTP server that receives events of other processes: `POST /v1/events`. */
export interface HttpInputOptions {
  /**
   * Address of the server. One that is not loopback requires `tokenFile`.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port of the server; 0 is any free port. @default 4319 */
  readonly port?: number;
  /** File with the bearer token that each request has to contain. @default none */
  readonly tokenFile?: string;
}

/**
 * The HTTP server that receives OTLP of other processes and forwards it through the OTLP exporters of the same signal: `POST /v1/traces`,
 * `/v1/metrics`, `/v1/logs`. Spans with the attribute `snakepit.correlation_id` join the trace of their request.
 */
export interface OtlpInputOptions {
  /**
   * Address of the server. One that is not loopback requires `tokenFile`.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port of the server; 0 is any free port. @default 4318 */
  readonly port?: number;
  /** File with the bearer token that each request has to contain. @default none */
  readonly tokenFile?: string;
}

/**
 * A Python worker of Snakepit whose events are received over gRPC: `StreamTelemetry` of its server. Requires the package `@grpc/grpc-js`.
 * The connection is neither encrypted nor authenticated: workers have no TLS.
 */
export interface WorkerInputOptions {
  /** Host and port of the worker: `127.0.0.1:50061`. */
  readonly address: string;
  /**
   * Confirms that nobody else reads the events of the worker, such as the pool of Elixir that started it. A worker has one queue of
   * events: two readers get one half each.
   */
  readonly exclusive: true;
  /** Pool that the worker belongs to, as `pool_name` of its events. @default none */
  readonly pool?: string;
  /** Part of the events that the worker sends, from 0 to 1. It is by event, so that spans lose their start or their end. @default 1 */
  readonly sampling?: number;
  /** Patterns of the events that the worker sends, such as `tool.*`. @default all events */
  readonly allow?: readonly string[];
  /** Patterns of events that it does not send. They count before `allow`. @default none */
  readonly deny?: readonly string[];
}

/** Inputs for events of other processes. Each but `workers` is an object of options, `true` for the defaults, or `false`. */
export interface InputsOptions {
  /** Unix socket. @default false; true in the agent */
  readonly unix?: UnixInputOptions | boolean;
  /** TCP socket. @default false */
  readonly tcp?: TcpInputOptions | boolean;
  /** HTTP server. @default false; true in the agent */
  readonly http?: HttpInputOptions | boolean;
  /** Standard input. @default false */
  readonly stdin?: boolean;
  /** OTLP. @default false */
  readonly otlp?: OtlpInputOptions | boolean;
  /** Event streams of Python workers. @default none */
  readonly workers?: readonly WorkerInputOptions[];
}

/** Names of the inputs. */
export const INPUTS = ['unix', 'tcp', 'http', 'stdin', 'otlp', 'workers'] as const;
/** Name of an input, as the attribute `input` of metrics. */
export type InputName = (typeof INPUTS)[number];

const ALLOWED = `an object with ${INPUTS.join(', ')}`;
/** Inputs that need no options. */
const SIMPLE_INPUTS = INPUTS.filter((input) => input !== 'workers');
/** Allowed values of the variable. */
export const INPUTS_TEXT = `a list of inputs, or none; inputs are ${SIMPLE_INPUTS.join(', ')}`;
const MODE = 'an octal mode as text, such as "0660"';
const SOCKET_PATH = 'a path of at most 107 bytes';
const WORKER = 'an object with address, exclusive: true, and if needed pool, sampling, allow, deny';
const WORKERS = 'a list of workers with different addresses';
const WORKER_ADDRESS = 'host:port, such as 127.0.0.1:50061';
const EXCLUSIVE = 'true: a worker has one queue of events, and a second reader gets half of them';
const SAMPLING = 'a number from 0 to 1';
const PATTERNS = 'a list of patterns such as tool.*';

const socketPath = v.pipe(textOf(SOCKET_PATH), v.maxLength(107, SOCKET_PATH));
const orBoolean = <E extends v.ObjectEntries>(entries: E) =>
  v.union([flag, v.strictObject(entries, 'true, false or an object of settings')]);

const patterns = v.array(textOf(PATTERNS), PATTERNS);
const workers = v.pipe(
  v.array(
    v.strictObject(
      {
        address: v.pipe(
          v.string(WORKER_ADDRESS),
          v.regex(/^(\[[\da-fA-F:.%]+\]|[^\s/:[\]]+):\d{1,5}$/, WORKER_ADDRESS),
        ),
        exclusive: v.literal(true, EXCLUSIVE),
        pool: v.optional(text),
        sampling: v.optional(v.pipe(v.number(SAMPLING), v.minValue(0, SAMPLING), v.maxValue(1, SAMPLING))),
        allow: v.optional(patterns),
        deny: v.optional(patterns),
      },
      WORKER,
    ),
    WORKERS,
  ),
  v.check((list) => new Set(list.map(({ address }) => address)).size === list.length, WORKERS),
);

/** Schema of the inputs. @param tokenFile name of that key: files of OpenTelemetry have snake_case keys */
const inputsSchema = (tokenFile: 'tokenFile' | 'token_file') => {
  const server = orBoolean({
    host: v.optional(text),
    port: v.optional(port),
    [tokenFile]: v.optional(text),
  });
  return v.strictObject(
    {
      unix: v.optional(
        orBoolean({
          path: v.optional(socketPath),
          mode: v.optional(v.pipe(v.string(MODE), v.regex(/^0?[0-7]{3}$/, MODE))),
        }),
      ),
      tcp: v.optional(server),
      http: v.optional(server),
      stdin: v.optional(flag),
      otlp: v.optional(server),
      workers: v.optional(workers),
    },
    ALLOWED,
  );
};

/** Schema of the inputs in code. */
export const INPUTS_SCHEMA = inputsSchema('tokenFile') as v.GenericSchema<unknown, InputsOptions>;
/** Schema of the inputs in a file. */
export const INPUTS_FILE_SCHEMA = inputsSchema('token_file') as v.GenericSchema<unknown>;

/** Returns the inputs of a file as in code. */
export function inputsFromFile(inputs: unknown): InputsOptions {
  return Object.fromEntries(
    Object.entries(inputs as Record<string, unknown>).map(([name, options]) => {
      if (typeof options !== 'object' || Array.isArray(options)) return [name, options];
      const { token_file: tokenFile, ...rest } = options as Record<string, unknown>;
      return [name, { ...rest, ...(tokenFile !== undefined && { tokenFile }) }];
    }),
  );
}

/** Returns the inputs as in a file. */
export function inputsToFile(inputs: InputsOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, options]) => {
      if (typeof options !== 'object' || Array.isArray(options)) return [name, options];
      const { tokenFile, ...rest } = options as HttpInputOptions;
      return [name, { ...rest, ...(tokenFile !== undefined && { token_file: tokenFile }) }];
    }),
  );
}

/** Returns the inputs that a comma-separated list names, and no others. */
export function inputsFromText(list: string): InputsOptions | string {
  const names = list.split(',').map((name) => name.trim());
  const isKnown = names.every((name) => SIMPLE_INPUTS.some((input) => input === name));
  return isKnown || list.trim() === 'none'
    ? Object.fromEntries(SIMPLE_INPUTS.map((input) => [input, names.includes(input)]))
    : list;
}
