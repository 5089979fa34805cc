import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { InputName } from '../configuration/inputs.js';

const ADVICE: Readonly<Record<InputName, string>> = {
  unix: 'Set inputs.unix.path to a path in a directory that this user may write to, or inputs.unix to false.',
  tcp: 'Set another address with inputs.tcp.host and inputs.tcp.port.',
  http: 'Set another address with inputs.http.host and inputs.http.port, or inputs.http to false.',
  stdin: '',
  otlp: 'Set another address with inputs.otlp.host and inputs.otlp.port.',
  workers: 'Install @grpc/grpc-js: npm install @grpc/grpc-js.',
};

const OTHER_PATH = 'Set another path with inputs.unix.path, or inputs.unix to false.';
/** Advice on errors of the Unix socket that a right to write cannot mend. */
const UNIX_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: `Another process receives events there, such as an agent that runs already. ${OTHER_PATH}`,
  ENOTSOCK: 'A file that is no socket has this path. Remove it, or set another path with inputs.unix.path.',
  ENOSPC: `The file system is full. ${OTHER_PATH}`,
  EROFS: `The file system is read-only. ${OTHER_PATH}`,
};

const adviceOn = (input: InputName, reason: string): string =>
  (input === 'unix' ? UNIX_ADVICE[reason] : undefined) ?? ADVICE[input];

/** An input could not be started. Rejects `Telemetry.ready`; `cause` is the error of the system. */
export class InputError extends Error {
  /** Identifies the class of error. */
  readonly code = 'SNAKEPIT_INPUT';

  /**
   * Creates the error.
   *
   * @param input name of the input
   * @param address path, or host and port
   * @param options with the error of the system as `cause`
   */
  constructor(input: InputName, address: string, options: ErrorOptions) {
    const reason = (options.cause as NodeJS.ErrnoException | undefined)?.code ?? errorMessage(options.cause);
    super(`Cannot receive events on ${address} (${input}: ${reason}). ${adviceOn(input, reason)}`, options);
    this.name = 'InputError';
  }
}
