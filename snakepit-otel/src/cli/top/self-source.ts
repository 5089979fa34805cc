import { arch, hostname, platform } from 'node:os';
import { GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, PACKAGE_VERSION } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Host, Range, Snapshot } from '../../page/contract.js';
import { Snapshots } from '../../page/server/snapshots.js';
import { feedEvents } from '../../page/store/event-feed.js';
import { PageStore } from '../../page/store/page-store.js';
import { agentError } from '../live/agent-client.js';
import type { FollowOptions, LiveSource } from '../live/live-source.js';

/** Time for a first sample, ms. */
const FIRST_SAMPLE_MS = 5000;

/** The GPUs of this host, sampled by this process: what an agent's page knows, without traces and exporters. */
export class SelfSource implements LiveSource {
  readonly origin = 'this host, no agent';
  readonly #profiler: GPUProfiler;
  readonly #store: PageStore;
  readonly #snapshots: Snapshots;
  readonly #unsubscribe: () => void;
  readonly #intervalMs: number;
  readonly #firstSample: Promise<void>;
  readonly #startedAt = Date.now();
  #problem: string | undefined;

  /** @param intervalMs time between samples, ms */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#store = new PageStore({
      gpuIntervalMs: intervalMs,
      includeSensitive: false,
      delivery: () => [],
      describeHost: () => this.#host(),
    });
    this.#snapshots = new Snapshots(this.#store, 'self', () => 0);
    this.#unsubscribe = feedEvents(this.#store, {});
    this.#profiler = new GPUProfiler({ intervalMs });
    this.#firstSample = this.#profiler.sampleNow().then(
      () => {},
      (error: unknown) => {
        this.#problem = errorMessage(error);
      },
    );
  }

  async follow({ range, onMessage, onOpen, signal }: FollowOptions): Promise<void> {
    onOpen();
    const send = async () => {
      const { json } = await this.#snapshots.get(range);
      if (!signal.aborted) onMessage('snapshot', JSON.parse(json) as Snapshot);
    };
    await this.#firstSampleOrLimit();
    await send();
    await new Promise<void>((resolve, reject) => {
      const timer = setInterval(() => send().catch(reject), this.#intervalMs);
      const end = () => {
        clearInterval(timer);
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  async snapshot(range: Range): Promise<Snapshot> {
    await this.#firstSampleOrLimit();
    return JSON.parse((await this.#snapshots.get(range)).json) as Snapshot;
  }

  async json<T>(path: string): Promise<T> {
    const [, id] = /^\/api\/v1\/errors\/(.+)$/.exec(path) ?? [];
    const found = id === undefined ? undefined : this.#store.errors.find(id);
    if (found === undefined)
      throw agentError('Only an agent has it: start one with snakepit-otel agent --ui.');
    return found as T;
  }

  async open(): Promise<AsyncIterable<Buffer>> {
    throw agentError('only an agent exports: start one with snakepit-otel agent --ui');
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#profiler.shutdown();
  }

  /** A driver that does not answer does not hold up the screen. */
  #firstSampleOrLimit(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FIRST_SAMPLE_MS);
      this.#firstSample.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #host(): Host {
    const problem = this.#store.gpus.all.length > 0 ? undefined : this.#problem;
    return {
      name: hostname(),
      version: PACKAGE_VERSION,
      platform: `${platform()} ${arch()}`,
      pid: process.pid,
      startedAt: this.#startedAt,
      serviceName: '',
      gpuIntervalMs: this.#intervalMs,
      samplesGpus: true,
      includesSensitive: false,
      sources: problem === undefined ? [] : [{ name: 'this host', state: 'unavailable', cause: problem }],
      addresses: [],
    };
  }
}
