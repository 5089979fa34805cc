import type { Range, Snapshot } from '../../page/contract.js';
import { parseAgentAddress } from '../live/agent-address.js';
import { AgentClient, isAgentError } from '../live/agent-client.js';
import { AgentSource, type LiveSource } from '../live/live-source.js';
import { print } from '../live/print.js';
import { printableJson } from '../live/printable-json.js';
import { showsUnicode } from '../terminal/ascii.js';
import { paintColors, paintMonochrome } from '../terminal/style.js';
import { LiveState } from './model/live-state.js';
import { renderFrame } from './render.js';
import { initialView } from './view-state.js';

/** Flags of `snakepit-otel top`. */
export interface TopOptions {
  /** Time between frames, ms. @default 1000 */
  readonly interval?: number;
  /** Prints one frame, without sequences for a terminal. */
  readonly once?: boolean;
  /** Prints everything that the agent knows as JSON. */
  readonly json?: boolean;
  /** Shows ASCII characters only. */
  readonly ascii?: boolean;
  readonly 'no-color'?: boolean;
}

const DEFAULT_INTERVAL_MS = 1000;
const DEFAULT_RANGE: Range = '15m';
const DEFAULT_SIZE = { width: 100, height: 40 };

/**
 * Shows GPUs, processes, traces, breakers and delivery in the terminal.
 *
 * @param url address of an agent's page; without one, the agent of this host, or this host's GPUs if it has none
 * @returns the exit code
 * @throws ConfigurationError for an address that is none
 * @throws AgentError (as a rejection) if the agent at the given address cannot be reached
 */
export async function runTop(options: TopOptions, url?: string): Promise<number> {
  const {
    interval: intervalMs = DEFAULT_INTERVAL_MS,
    once,
    json,
    ascii = false,
    'no-color': noColor,
  } = options;
  const source = await findSource(url, intervalMs);
  const isAscii = ascii || !showsUnicode(process.env);
  try {
    if (json || once || !isInteractive()) {
      const snapshot = await source.snapshot(DEFAULT_RANGE);
      await print(
        `${json ? printableJson(snapshot) : frameText(snapshot, source.origin, intervalMs, isAscii)}\n`,
      );
      return 0;
    }
    const paint = noColor || !process.stdout.hasColors() ? paintMonochrome : paintColors;
    const { LiveTop } = await import('./live-top.js');
    return await new LiveTop({ source, range: DEFAULT_RANGE, intervalMs, isAscii, paint }).run();
  } finally {
    await source.close();
  }
}

/** A terminal that can place text: a pipe, a file and `TERM=dumb` show one frame. */
const isInteractive = () => process.stdout.isTTY && process.env.TERM !== 'dumb';

/** The agent of this host, if it serves its page. @throws AgentError (as a rejection) if it serves it to others only */
async function findSource(url: string | undefined, intervalMs: number): Promise<LiveSource> {
  const agent = new AgentSource(new AgentClient(parseAgentAddress(url)));
  if (url !== undefined) return agent;
  try {
    await agent.snapshot('5m');
    return agent;
  } catch (error) {
    if (!isAgentError(error) || !error.isAbsent) throw error;
  }
  const { SelfSource } = await import('./self-source.js');
  return new SelfSource(intervalMs);
}

function frameText(snapshot: Snapshot, origin: string, intervalMs: number, isAscii: boolean): string {
  const state = new LiveState();
  state.apply('snapshot', snapshot);
  const context = {
    state,
    view: initialView(DEFAULT_RANGE),
    connection: { state: 'live', since: Date.now(), origin },
    now: state.now(),
    intervalMs,
    missed: undefined,
    trace: () => undefined,
    error: () => undefined,
  } as const;
  const width = process.stdout.columns || Number(process.env.COLUMNS) || DEFAULT_SIZE.width;
  const height = process.stdout.rows || Number(process.env.LINES) || DEFAULT_SIZE.height;
  return renderFrame(context, { width, height, isAscii, hasKeys: false }).lines().join('\n').trimEnd();
}
