import type { EventRow, StreamMessages } from '../../page/contract.js';
import { parseAgentAddress } from '../live/agent-address.js';
import { AgentClient } from '../live/agent-client.js';
import { followStream } from '../live/stream-client.js';
import { printable } from '../terminal/text-cells.js';
import { eventFilter, type FilterOptions } from './event-filter.js';
import { jsonLine, textFormat } from './event-line.js';
import { PrintedEvents } from './printed-events.js';

/** Flags of `snakepit-otel tail`. */
export interface TailOptions extends FilterOptions {
  /** Events of the past that are printed first. @default 50 */
  readonly lines?: number;
  /** Prints each event as JSON. */
  readonly json?: boolean;
}

const DEFAULT_LINES = 50;

/**
 * Prints events as they come, until SIGINT or SIGTERM, or until nobody reads the output. What was missed is reported on stderr.
 *
 * @param url address of an agent's page; the agent of this host without one
 * @returns the exit code
 * @throws ConfigurationError for an invalid option
 * @throws AgentError (as a rejection) if the agent cannot be reached at first, or refuses
 */
export async function runTail(options: TailOptions, url?: string): Promise<number> {
  const client = new AgentClient(parseAgentAddress(url));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const printer = new EventPrinter(options);
  await followStream({
    client,
    query: '?range=5m',
    signal: stop.signal,
    onMessage: printer.receive,
    onOpen: printer.reportOpen,
    onLost: ({ message }) => printer.reportLost(message),
    untilReady: () => printer.flush(),
  });
  return 0;
}

/** Prints the events of messages. */
class EventPrinter {
  readonly #isPrinted: (row: EventRow) => boolean;
  readonly #format: (row: EventRow) => string;
  readonly #lines: number;
  readonly #received = new PrintedEvents();
  #hasStarted = false;
  #isLost = false;
  /** Lines that are written together: a write for each is most of their cost. */
  #pending = '';

  constructor({ json, lines = DEFAULT_LINES, ...filter }: TailOptions) {
    this.#isPrinted = eventFilter(filter);
    this.#format = json ? jsonLine : textFormat(hasColors());
    this.#lines = lines;
  }

  readonly receive = <K extends keyof StreamMessages>(name: K, data: StreamMessages[K]): void => {
    if (name === 'snapshot') this.#start((data as StreamMessages['snapshot']).events);
    if (name === 'gap') report(`Events may be missing: ${(data as StreamMessages['gap']).reason}.`);
    if (name !== 'events') return;
    const { rows, skipped } = data as StreamMessages['events'];
    this.#print(rows.filter(this.#isPrinted));
    this.#received.add(rows);
    if (skipped > 0) report(`${skipped} events are left out: there were too many at once.`);
  };

  readonly reportOpen = (): void => {
    if (this.#isLost) report('The agent is back.');
    this.#isLost = false;
  };

  reportLost(message: string): void {
    if (!this.#isLost) report(`${message} Trying again.`);
    this.#isLost = true;
  }

  /** Writes what is pending. Resolves when the reader has taken it: until then, no more is read from the agent. */
  flush(): Promise<void> | undefined {
    const text = this.#pending;
    if (text === '') return undefined;
    this.#pending = '';
    if (process.stdout.write(text)) return undefined;
    return new Promise((resolve) => process.stdout.once('drain', resolve));
  }

  /** Prints the last events of the first snapshot, and what later ones have in addition. */
  #start(rows: readonly EventRow[]): void {
    const added = this.#received.newOf(rows);
    const printed = added.filter(this.#isPrinted);
    this.#print(this.#hasStarted ? printed : this.#lines === 0 ? [] : printed.slice(-this.#lines));
    this.#received.add(added);
    this.#hasStarted = true;
  }

  #print(rows: readonly EventRow[]): void {
    for (const row of rows) this.#pending += `${this.#format(row)}\n`;
  }
}

/** `NO_COLOR` and `FORCE_COLOR` decide, then the terminal: a pipe has none. */
const hasColors = (): boolean =>
  process.stdout.isTTY
    ? process.stdout.hasColors()
    : /^[123]|true|^$/.test(process.env.FORCE_COLOR ?? 'none');

const report = (text: string): void => console.error(`snakepit-otel: ${printable(text)}`);
