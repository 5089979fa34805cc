import type { SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { CustomEventDefinition } from 'opentelemetry-instrumentation-snakepit';
import { LiveServer, type LiveServerOptions } from './server/live-server.js';
import { feedEvents } from './store/event-feed.js';
import { type PageSources, PageStore } from './store/page-store.js';
import { SpanFeed } from './store/span-feed.js';

/** What the page is started with. */
export interface PageOptions extends LiveServerOptions, PageSources {
  /** Events of the host, by name. */
  readonly customEvents: Readonly<Record<string, CustomEventDefinition>>;
}

/** The live page: keeps what happens, and serves it. */
export class Page {
  readonly store: PageStore;
  /** Receives the spans of the process. */
  readonly spans: SpanProcessor;
  readonly #server: LiveServer;
  readonly #unsubscribe: () => void;

  constructor(options: PageOptions) {
    this.store = new PageStore(options);
    this.spans = new SpanFeed(this.store);
    this.#unsubscribe = feedEvents(this.store, options.customEvents);
    this.#server = new LiveServer(this.store, options);
  }

  /** Resolves with the port when the page is served. */
  async listen(): Promise<number> {
    try {
      return await this.#server.listen();
    } catch (error) {
      // Nobody can see what would be kept.
      this.#unsubscribe();
      throw error;
    }
  }

  /** Ends all connections. Bounded. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#server.close();
  }
}

export { serviceName } from './store/service-name.js';
