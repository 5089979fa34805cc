import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Resource } from '@opentelemetry/resources';
import type { CustomEventDefinition } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, hasErrorCode, PACKAGE_VERSION } from 'opentelemetry-instrumentation-snakepit/internal';
import type { OwnSettings } from '../configuration/settings.js';
import { isLoopback, readToken } from '../configuration/token.js';
import { UI_PORT, type UiOptions } from '../configuration/ui.js';
import type { Address, Host } from '../page/contract.js';
import type { Page } from '../page/page.js';
import { DeferredSpanProcessor } from './deferred-span-processor.js';
import type { DeliveryReport } from './delivery-report.js';
import { GpuSourceStates } from './gpu-source-states.js';
import { pageUrl } from './page-server.js';
import { printWarning, writeLine } from './print-warning.js';

/** Bits of a token that is made: 128. */
const TOKEN_BYTES = 16;
const LOOPBACK = '127.0.0.1';
const startedAt = Date.now() - Math.round(process.uptime() * 1000);

/** What the page shows beside events and spans. */
export interface LivePageSources {
  readonly resource: Resource;
  readonly includeSensitive: boolean;
  readonly customEvents: Readonly<Record<string, CustomEventDefinition>>;
  delivery(): readonly DeliveryReport[];
  addresses(): readonly Address[];
}

/** The live page of running telemetry. Its code is loaded when it starts. */
export class LivePage {
  /** Receives the spans of the process. */
  readonly spans = new DeferredSpanProcessor();
  readonly #options: UiOptions;
  readonly #settings: OwnSettings;
  readonly #host: string;
  readonly #token: string | undefined;
  #page: Page | undefined;
  #address: string | undefined;
  #isStopped = false;

  /** @throws ConfigurationError for a token file without a token */
  constructor(options: UiOptions, settings: OwnSettings) {
    const { host = LOOPBACK, tokenFile } = options;
    this.#options = options;
    this.#settings = settings;
    this.#host = host;
    if (tokenFile !== undefined) this.#token = readToken('ui', tokenFile);
    else if (!isLoopback(host)) this.#token = randomBytes(TOKEN_BYTES).toString('hex');
  }

  /** URL of the page, without the token; undefined unless it is served. */
  get address(): string | undefined {
    return this.#address;
  }

  /** Serves the page and prints its address, or prints why it cannot be served. Never rejects. */
  async start(sources: LivePageSources): Promise<void> {
    const { port = UI_PORT, allowHosts = [] } = this.#options;
    try {
      const [{ Page, serviceName }, { assetsFolder }] = await Promise.all([
        import('../page/page.js'),
        import('../page/server/assets-folder.cjs'),
      ]);
      if (this.#isStopped) return;
      const { gpu, gpuIntervalMs } = this.#settings;
      const gpuSources = new GpuSourceStates(this.#settings);
      const page = new Page({
        ...sources,
        host: this.#host,
        port,
        allowHosts: allowHosts.map((name) => name.toLowerCase()),
        token: this.#token,
        assets: assetsFolder(),
        gpuIntervalMs,
        describeHost: async (hasGpus) => ({
          ...this.#describe(sources),
          serviceName: serviceName(sources.resource),
          sources: gpu ? await gpuSources.get(hasGpus) : [],
        }),
      });
      this.#page = page;
      const bound = await page.listen();
      this.spans.receive(page.spans);
      this.#printAddress(bound);
    } catch (error) {
      this.#page = undefined;
      this.spans.receive(undefined);
      this.#printProblem(port, error);
    }
  }

  /** Closes the page. Bounded. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#page?.close();
  }

  #describe({ includeSensitive, addresses }: LivePageSources): Omit<Host, 'sources' | 'serviceName'> {
    const { jaegerUrl, grafanaUrl } = this.#options;
    return {
      name: hostname(),
      version: PACKAGE_VERSION,
      platform: `${process.platform} ${process.arch}`,
      pid: process.pid,
      startedAt,
      gpuIntervalMs: this.#settings.gpuIntervalMs,
      samplesGpus: this.#settings.gpu,
      includesSensitive: includeSensitive,
      addresses: addresses(),
      ...(jaegerUrl === undefined ? undefined : { jaegerUrl }),
      ...(grafanaUrl === undefined ? undefined : { grafanaUrl }),
    };
  }

  #printAddress(port: number): void {
    const { tokenFile } = this.#options;
    const address = pageUrl(this.#host, port, '/');
    this.#address = address;
    // A token of a file is known to those who may read it.
    if (tokenFile !== undefined) {
      printWarning(`the live page is at ${address} (add ?token= and the token of ${tokenFile})`, 'info');
    } else if (this.#token === undefined) printWarning(`the live page is at ${address}`, 'info');
    // A log would redact the token.
    else writeLine(`the live page is at ${address}?token=${this.#token}`);
  }

  #printProblem(port: number, error: unknown): void {
    const isTaken = hasErrorCode(error, 'EADDRINUSE');
    // A fork inherits the settings of its parent, which has the port.
    if (isTaken && (cluster.isWorker || process.send !== undefined)) return;
    const advice = isTaken
      ? 'the port is taken. Set another one with ui.port or SNAKEPIT_OTEL_UI'
      : errorMessage(error);
    printWarning(`the live page cannot be served on ${pageUrl(this.#host, port, '/')}: ${advice}`);
  }
}
