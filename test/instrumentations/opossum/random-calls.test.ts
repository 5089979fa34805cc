// Compares the exported metrics after 10,000 random calls with opossum's own statistics.
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker, SnakepitInstrumentation } from '../../../src/index.js';
import { CircuitBreaker } from '../../helpers/opossum.js';
import { randomFrom } from '../../helpers/random.js';

const CALLS = 10_000;
const CALLS_PER_COLLECTION = 97;

afterEach(() => vi.useRealTimers());

/** Collects metrics on request, as a Prometheus exporter does. */
class Scraper extends MetricReader {
  async scrape(): Promise<Record<string, unknown>> {
    const { resourceMetrics } = await this.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return Object.fromEntries(metrics.map((metric) => [metric.descriptor.name, metric.dataPoints[0]?.value]));
  }
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}

test.each([1, 2, 3])(
  'exported metrics equal the statistics of opossum: seed %i',
  { timeout: 30_000 },
  async (seed) => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    });
    const random = randomFrom(seed);
    const scraper = new Scraper();
    const provider = new MeterProvider({ readers: [scraper] });
    const instrumentation = new SnakepitInstrumentation();
    instrumentation.setMeterProvider(provider);
    onTestFinished(() => instrumentation.disable());
    const metric = async (name: string) => (await scraper.scrape())[`snakepit.circuit_breaker.${name}`];

    const action = (outcome: number) =>
      new Promise((resolve, reject) => {
        const settle = outcome % 5 === 0 ? () => reject(new Error('random')) : () => resolve(outcome);
        if (outcome % 3 === 0) settle();
        else setTimeout(settle, outcome % 30);
      });
    const breaker = new CircuitBreaker(action, {
      name: 'random',
      timeout: 25,
      resetTimeout: 40,
      capacity: 12,
      volumeThreshold: 5,
      errorThresholdPercentage: 28,
      rollingCountTimeout: 3_600_000,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    }).fallback((outcome) => {
      if (Number(outcome) % 2 === 0) throw new Error('no fallback');
      return 'instead';
    });
    onTestFinished(instrumentBreaker(breaker));
    onTestFinished(() => breaker.shutdown());
    const emitted = { open: 0, halfOpen: 0, close: 0 };
    for (const event of ['open', 'halfOpen', 'close'] as const) breaker.on(event, () => emitted[event]++);
    const state = () => (breaker.opened ? 2 : breaker.halfOpen ? 1 : 0);
    const observed = provider.getMeter('host').createObservableGauge('state when collected');
    observed.addCallback((result) => result.observe(state()));

    const calls: Promise<unknown>[] = [];
    const states = new Set<number>();
    for (let call = 0; call < CALLS; call++) {
      calls.push(breaker.fire(Math.floor(random() * 1000)).catch(() => {}));
      const next = random();
      if (next < 0.002) breaker.close();
      else if (next < 0.003) breaker.open();
      else if (next < 0.5) await vi.advanceTimersByTimeAsync(Math.floor(random() * 12));
      if (call % CALLS_PER_COLLECTION === 0) {
        const scraped = await scraper.scrape();
        states.add(Number(scraped['state when collected']));
        expect(scraped['snakepit.circuit_breaker.state'], `at call ${call}`).toBe(
          scraped['state when collected'],
        );
      }
    }
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all(calls);

    const { stats } = breaker;
    expect(states).toEqual(new Set([0, 1, 2]));
    expect(await metric('state')).toBe(state());
    const { count } = (await metric('call.duration')) as { count: number };
    expect({
      fires: Number(await metric('calls.allowed.total')) + Number(await metric('calls.rejected.total')),
      rejects: await metric('calls.rejected.total'),
      successes: count,
      failures: await metric('calls.failed.total'),
      timeouts: await metric('calls.timed_out.total'),
      fallbacks: await metric('calls.fallback.total'),
      semaphoreRejections: await metric('calls.bulkhead_rejected.total'),
      open: await metric('opened.total'),
      halfOpen: await metric('half_open.total'),
      close: await metric('closed.total'),
    }).toEqual({
      fires: CALLS,
      rejects: stats.rejects,
      successes: stats.successes,
      failures: stats.failures,
      timeouts: stats.timeouts,
      fallbacks: stats.fallbacks,
      semaphoreRejections: stats.semaphoreRejections,
      ...emitted,
    });
    for (const [name, number] of Object.entries({ ...emitted, ...stats })) {
      if (/open|close|rejects|successes|failures|timeouts|fallbacks|semaphore/i.test(name))
        expect(number, name).toBeGreaterThan(0);
    }
  },
);
