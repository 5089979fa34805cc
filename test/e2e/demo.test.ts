// Runs the demo against the real backends: traces through the Collector to Jaeger, metrics to Prometheus, pushed and scraped.
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { environmentOf } from '../../scripts/backends/backends.mjs';
import { noCompiler } from '../fakes/nvml.js';
import {
  eventually,
  type JaegerSpan,
  type JaegerTrace,
  parentId,
  runningBackends,
  spanEvents,
  tag,
} from '../helpers/backends.js';
import type { ChildResult } from '../helpers/child.js';
import { countIn, runDemo } from '../helpers/demo.js';
import { freePort } from '../helpers/free-port.js';
import { STAND_IN, startStandIn } from '../helpers/stand-in-host.js';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const page = await freePort();
const { backends, traces, services, operations, query } = await runningBackends({
  scrape: { direct: `127.0.0.1:${page}` },
});
/** Histograms whose quantiles dashboards show. A quantile has a value only if the count rose after the first scrape. */
const RISING = [
  'snakepit_circuit_breaker_call_duration',
  'snakepit_retry_backoff_delay_ms',
  'snakepit_pool_queue_time',
  'snakepit_heartbeat_latency',
  'traces_span_metrics_duration',
];
/** Has a result once Prometheus has scraped the series that appear last, and seen all histograms rise. */
const COMPLETE = [
  'snakepit_circuit_breaker_closed_total{job="direct"}',
  'snakepit_gpu_devices_lost_total{job="direct"}',
  'count(snakepit_heartbeat_pongs_total{job="direct"}) == 2',
  ...RISING.map((name) => `sum(rate(${name}_count{job="snakepit-demo"}[1m])) > 0`),
].join(' and on () ');

let demo: ChildResult;
let all: readonly JaegerTrace[];
let spans: readonly JaegerSpan[];
beforeAll(async () => {
  if (backends === undefined) return;
  const { OTEL_EXPORTER_OTLP_ENDPOINT } = environmentOf(backends);
  const endStandIn = noCompiler ? undefined : await startStandIn({ OTEL_EXPORTER_OTLP_ENDPOINT });
  demo = await runDemo(
    { OTEL_EXPORTER_PROMETHEUS_PORT: page, OTEL_EXPORTER_OTLP_ENDPOINT },
    async () => (await query(COMPLETE)).length > 0,
  );
  await endStandIn?.();
  all = await vi.waitFor(async () => {
    const found = (await traces('snakepit-demo')).filter(({ spans }) => spans.some(isRequest));
    expect(found).toHaveLength(counted('demo.request'));
    return found;
  }, eventually);
  spans = all.flatMap((trace) => trace.spans);
}, 180_000);

const isRequest = ({ operationName }: JaegerSpan) => operationName === 'demo.request';
const counted = (name: string) => countIn(demo.stdout, name);
const eventsNamed = (name: string) =>
  spans
    .flatMap((span) => spanEvents(span).map((fields) => ({ span, fields })))
    .filter(({ fields }) => fields.event === name);

test('the demo exits with 0 and prints nothing to stderr', () => {
  expect(demo).toMatchObject({ code: 0, stderr: '' });
});

describe('Jaeger', () => {
  test('lists the service and its operations', async () => {
    expect(await services()).toContain('snakepit-demo');
    const expected = ['demo.request', 'demo.preprocess', 'demo.infer', 'demo.postprocess'];
    expect(await operations('snakepit-demo')).toEqual(expect.arrayContaining(expected));
    expect(tag(all[0]?.processes.p1 ?? { tags: [] }, 'service.instance.id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('has each request as one complete tree', () => {
    for (const { spans: tree } of all) {
      const roots = tree.filter((span) => parentId(span) === undefined);
      expect(roots.map(({ operationName }) => operationName)).toEqual(['demo.request']);
      const children = tree.filter((span) => parentId(span) === roots[0]?.spanID);
      expect(children).toHaveLength(tree.length - 1);
      expect(children.map(({ operationName }) => operationName)).toEqual(
        expect.arrayContaining(['demo.preprocess', 'demo.infer']),
      );
    }
  });

  test('has the attributes and the errors', () => {
    const requests = spans.filter(isRequest);
    for (const request of requests) expect(tag(request, 'snakepit.pool')).toBe('default');
    const numbers = requests.map((request) => Number(tag(request, 'snakepit.request')));
    expect(new Set(numbers).size).toBe(requests.length);
    const failed = requests.filter((request) => tag(request, 'error') === true);
    expect(failed).toHaveLength(counted('demo.request ✗'));
    expect(failed[0] && tag(failed[0], 'otel.status_code')).toBe('ERROR');
  });

  test('has breaker transitions as events of the span in which they happened', () => {
    const opened = eventsNamed('snakepit.circuit_breaker.opened');
    expect(opened.length).toBeGreaterThan(0);
    expect(opened).toHaveLength(counted('snakepit.circuit_breaker.opened'));
    for (const { span, fields } of opened) {
      expect(span.operationName).toBe('demo.infer');
      expect(fields).toMatchObject({ 'snakepit.pool': 'default', 'snakepit.reason': 'failures' });
    }
    expect(eventsNamed('snakepit.circuit_breaker.closed').length).toBeGreaterThan(0);
    const rejected = eventsNamed('snakepit.circuit_breaker.call.rejected');
    expect(rejected).toHaveLength(counted('snakepit.circuit_breaker.call.rejected'));
  });

  test('has out-of-memory errors with the requested size', () => {
    const outOfMemory = eventsNamed('snakepit.error.oom');
    expect(outOfMemory).toHaveLength(counted('snakepit.error.oom'));
    expect(outOfMemory[0]?.fields).toMatchObject({
      'snakepit.device': 'cpu',
      'snakepit.requested_bytes': 2 ** 40,
    });
    expect(tag(outOfMemory[0]?.span ?? { tags: [] }, 'error')).toBe(true);
  });
});

describe('Prometheus', () => {
  const value = async (expression: string) => {
    const series = await query(expression);
    expect(series, expression).toHaveLength(1);
    return series[0]?.value;
  };

  test('has the same counts as the demo', async () => {
    const pushed = '{job="snakepit-demo"}';
    await vi.waitFor(async () => {
      expect(await value(`snakepit_hardware_detect_duration_count${pushed}`)).toBe(1);
      expect(await value(`snakepit_circuit_breaker_opened_total${pushed}`)).toBe(
        counted('snakepit.circuit_breaker.opened'),
      );
      expect(await value(`snakepit_circuit_breaker_calls_rejected_total${pushed}`)).toBe(
        counted('snakepit.circuit_breaker.call.rejected'),
      );
      expect(await value(`snakepit_errors_oom_total${pushed}`)).toBe(counted('snakepit.error.oom'));
      expect(await value(`snakepit_retry_exhausted_total${pushed}`)).toBe(
        counted('snakepit.retry.exhausted'),
      );
      expect(await value(`snakepit_gpu_memory_used_mb{job="snakepit-demo", device="cuda:0"}`)).toBe(30994);
    }, eventually);
  });

  test('has the same names and labels for scraped and for pushed series', async () => {
    // Covers the time in which the demo ran: the metrics page is gone by now.
    const names = async (job: string) => {
      const series = await query(
        `group by (__name__, pool, device, type, worker_id) (last_over_time({job="${job}", __name__=~"snakepit_.+|hw_.+"}[2m]))`,
      );
      return series.map(({ metric }) => JSON.stringify(metric)).sort();
    };
    const direct = await names('direct');
    expect(direct.length).toBeGreaterThan(50);
    expect(await names('snakepit-demo')).toEqual(direct);
  });

  test('has the same values for scraped and for pushed series', async () => {
    const constant =
      'snakepit_errors_oom_total|snakepit_hardware_detect_duration_(count|sum|bucket)|snakepit_gpu_memory_total_mb|snakepit_pool_size';
    const values = async (job: string) => {
      const series = await query(
        `sum by (__name__, device, pool, le, platform) (last_over_time({job="${job}", __name__=~"${constant}"}[2m]))`,
      );
      return Object.fromEntries(series.map(({ metric, value }) => [JSON.stringify(metric), value]));
    };
    const direct = await values('direct');
    expect(Object.keys(direct).length).toBeGreaterThan(10);
    expect(await values('snakepit-demo')).toEqual(direct);
  });

  test.skipIf(noCompiler)('returns data for every query of every dashboard', async () => {
    const folder = new URL('../../deploy/grafana/', import.meta.url);
    const queries: [string, string][] = [];
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
      const { panels }: Dashboard = JSON.parse(await readFile(new URL(file, folder), 'utf8'));
      for (const { title, targets } of panels) {
        for (const { expr } of targets) queries.push([`${file}: ${title}`, expr]);
      }
    }
    expect(queries.length).toBeGreaterThan(60);
    await vi.waitFor(async () => {
      const empty: string[] = [];
      for (const [panel, expr] of queries) {
        const expression = expr
          .replaceAll('$__rate_interval', '1m')
          .replaceAll('$job', `snakepit-demo|${STAND_IN}`);
        // The hosts have ended: evaluates gauges at their last sample.
        const series = await query(`last_over_time((${expression})[2m:1s])`);
        if (series.every(({ value }) => Number.isNaN(value))) empty.push(`${panel}: ${expr}`);
      }
      expect(empty).toEqual([]);
    }, eventually);
  });
});
