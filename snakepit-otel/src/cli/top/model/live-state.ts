import { BoundedMap } from '../../../page/client/bounded-map.js';
import { LiveRows, type StreamMessage } from '../../../page/client/live-rows.js';
import {
  CONTRACT_VERSION,
  type Gpu,
  type Host,
  RANGES,
  type Range,
  type Snapshot,
  type StreamMessages,
  type Tick,
} from '../../../page/contract.js';
import { agentError } from '../../live/agent-client.js';
import { History } from './history.js';

/** A GPU with its readings over the range. */
export interface LiveGpu extends Omit<Gpu, 'series' | 'processSeries'> {
  readonly history: History;
}

/** The most that is kept, whatever the agent's limits are. */
const BOUNDS = { rows: 2000, keys: 256 };
const NO_HOST: Host = {
  name: '',
  version: '',
  platform: '',
  serviceName: '',
  pid: 0,
  startedAt: 0,
  gpuIntervalMs: 1000,
  samplesGpus: true,
  includesSensitive: false,
  sources: [],
  addresses: [],
};

/** What an agent knows, kept up to date by the messages of its stream. */
export class LiveState extends LiveRows {
  range: Range = '15m';
  host: Host = NO_HOST;
  readonly gpus = new BoundedMap<LiveGpu>(BOUNDS.keys);
  /** False until the first snapshot. */
  isLoaded = false;
  /** Counts everything that arrived, for what was missed while paused. */
  received = 0;
  /** Why something was left out last; undefined if nothing was. */
  gap: string | undefined;
  #colors = new BoundedMap<number>(BOUNDS.keys);
  /** The agent's clock less this one's, ms. */
  #clockOffset = 0;
  #frozenAt: number | undefined;

  constructor() {
    super(BOUNDS);
  }

  get rangeMs(): number {
    return RANGES[this.range] ?? RANGES['15m'];
  }

  /** The agent's time, ms since 1970. */
  now(): number {
    return this.#frozenAt ?? Date.now() + this.#clockOffset;
  }

  /** Returns the number of a color: names have one in the order in which they are seen, and keep it. */
  colorOf(name: string): number {
    const color = this.#colors.get(name) ?? this.#colors.size;
    this.#colors.set(name, color);
    return color;
  }

  /** Returns what is known now, and stays so. */
  freeze(): LiveState {
    const frozen = new LiveState();
    const { isLoaded, range, host, traces, errors, events, problems, gap, received } = this;
    Object.assign(frozen, { isLoaded, range, host, traces, errors, events, problems, gap, received });
    frozen.gpus.replaceBy(
      Array.from(this.gpus, ([key, gpu]) => [key, { ...gpu, history: gpu.history.copy() }] as const),
    );
    frozen.pools.replaceBy(this.pools);
    frozen.breakers.replaceBy(this.breakers);
    frozen.delivery.replaceBy(this.delivery);
    frozen.#colors = this.#colors;
    frozen.#frozenAt = this.now();
    return frozen;
  }

  /** @throws AgentError if the agent's version of the stream is another one */
  override apply<Name extends keyof StreamMessages>(name: Name, data: StreamMessages[Name]): void {
    this.received += 1;
    const message = { name, data } as StreamMessage;
    if (message.name === 'snapshot') checkVersion(message.data);
    super.apply(name, data);
    switch (message.name) {
      case 'snapshot':
        this.#load(message.data);
        return;
      case 'tick':
        this.#tick(message.data);
        return;
      case 'gpu':
        this.#updateGpu(message.data);
        return;
      case 'events':
        if (message.data.skipped > 0) this.gap = `${message.data.skipped} events left out`;
        return;
      case 'gap':
        this.gap = message.data.reason;
    }
  }

  #load({ now, range, host, gpus }: Snapshot): void {
    this.isLoaded = true;
    this.#clockOffset = now - Date.now();
    this.range = range;
    this.host = host;
    this.gpus.replaceBy(
      gpus.map(
        ({ series, processSeries: _, ...gpu }) =>
          [gpu.device, { ...gpu, history: new History(series) }] as const,
      ),
    );
  }

  #tick({ ts, gpus, processes }: Tick): void {
    for (const [device, values] of Object.entries(gpus)) {
      const gpu = this.gpus.get(device);
      if (gpu === undefined) continue;
      gpu.history.append(ts, values);
      const changed = processes?.[device] ?? gpu.processes;
      this.gpus.set(device, { ...gpu, lastSeen: ts, isLost: false, processes: changed });
    }
  }

  #updateGpu(gpu: StreamMessages['gpu']): void {
    const history = this.gpus.get(gpu.device)?.history ?? new History(undefined);
    this.gpus.set(gpu.device, { ...gpu, history });
  }
}

function checkVersion({ v: version }: Snapshot): void {
  if (version === CONTRACT_VERSION) return;
  const message = `The agent sends version ${version} of its data, not ${CONTRACT_VERSION}: install the same version of snakepit-otel.`;
  throw agentError(message, { isFinal: true });
}
