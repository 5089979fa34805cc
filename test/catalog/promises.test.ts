// Every event of the catalog, emitted once: it must produce the instruments, spans and logs that its definition promises,
// as the SDK's in-memory exporters and a scraper of the Prometheus page receive them.
import { execFileSync, spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EventDefinition } from '../../src/catalog/event-definition.js';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { execute, type MetricDefinition, metricDefinitions } from '../../src/index.js';
import { SERIES_GAUGE } from '../../src/recorders/metrics/self-metrics.js';
import { exampleEvent } from '../helpers/example-event.js';
import { freePort } from '../helpers/free-port.js';
import { instrumentedHost } from '../helpers/sdk.js';

const definitions = metricDefinitions({ gpuConventions: 'both' });
const emit = (name: string, event: EventDefinition) => {
  const { measurements, metadata } = exampleEvent(name, event);
  execute(name as 'x.start', measurements, metadata);
};

/** Events that this package publishes when it receives the example of an event without its start event. */
function consequences({ trace: mapping, pythonError }: EventDefinition): string[] {
  const isEnd = mapping?.kind === 'stop' || mapping?.kind === 'exception';
  return [
    ...(isEnd ? ['snakepit.bridge.spans.unpaired'] : []),
    ...(mapping?.kind === 'exception' && pythonError !== undefined
      ? ['snakepit.error.python_exception']
      : []),
  ];
}

/** Computes the value that a definition records for the example event, independently of the recorder. */
function expectedValue(definition: MetricDefinition, name: string, event: EventDefinition): number {
  if (definition.kind === 'counter') return 1;
  const { measurements, metadata } = exampleEvent(name, event);
  if (typeof definition.measurement === 'function') {
    return definition.measurement({ name, measurements, metadata }) ?? Number.NaN;
  }
  const value = Number(measurements[definition.measurement]);
  const from = event.measurements[definition.measurement]?.unit;
  const factors: Record<string, number> = {
    'ns→s': 1e-9,
    'us→s': 1e-6,
    'ms→s': 1e-3,
    'MiBy→By': 2 ** 20,
    '%→1': 0.01,
  };
  return value * (factors[`${from}→${definition.unit ?? '1'}`] ?? 1);
}

function expectedAttributes(
  { tags = [], attributes = {} }: MetricDefinition,
  metadata: Record<string, unknown>,
) {
  const own = tags.map((tag) => {
    const [key, as] = typeof tag === 'string' ? [tag, tag] : [tag.key, tag.as];
    const value = metadata[key];
    return [as, Array.isArray(value) ? value.join(':') : value];
  });
  return { ...Object.fromEntries(own), ...attributes };
}

describe('each event, emitted once inside an active span', () => {
  test.each(catalogEvents)('%s', async (name, event) => {
    const host = instrumentedHost({ gpuConventions: 'both', logLevel: 'debug' });
    const { measurements, metadata } = exampleEvent(name, event);
    const operation = host.tracer.startSpan('operation');
    context.with(trace.setSpan(context.active(), operation), () => emit(name, event));
    operation.end();

    const fedBy = definitions.filter(({ event }) => event === name);
    const metrics = await host.metrics();
    const following = consequences(event);
    const fed = definitions.filter((definition) => [name, ...following].includes(definition.event));
    expect(metrics.map(({ descriptor }) => descriptor.name).toSorted()).toEqual(
      [...new Set(fed.map((definition) => definition.name)), SERIES_GAUGE.name].toSorted(),
    );
    for (const definition of fedBy) {
      const metric = metrics.find(({ descriptor }) => descriptor.name === definition.name);
      expect(metric?.descriptor).toMatchObject({
        unit: definition.unit ?? '1',
        description: definition.description,
      });
      // The attributes of definitions that feed one metric differ.
      expect(metric?.dataPoints).toHaveLength(fedBy.filter((other) => other.name === definition.name).length);
      const attributes = expectedAttributes(definition, metadata);
      const point = metric?.dataPoints.find((each) => isDeepStrictEqual(each.attributes, attributes));
      expect(point?.attributes).toEqual(attributes);
      const expected = expectedValue(definition, name, event);
      if (definition.kind === 'distribution') {
        expect(point?.value).toMatchObject({ count: 1, buckets: { boundaries: definition.boundaries } });
        expect(point?.value).toHaveProperty('sum', expect.closeTo(expected, 9));
      } else {
        expect(point?.value).toBeCloseTo(expected, 9);
      }
    }

    const record = host.logs().find(({ eventName }) => eventName === name);
    expect(
      host
        .logs()
        .map(({ eventName }) => eventName)
        .toSorted(),
    ).toEqual([name, ...following].toSorted());
    host.instrumentation.disable(); // ends spans that have only been started
    const made = host.spans().filter((span) => span.name !== 'operation');
    const operationSpan = host.spans().find((span) => span.name === 'operation');
    const meaning = event.trace;
    if (meaning === undefined || meaning.kind === 'spanEvent' || meaning.kind === 'producerEnd') {
      expect(made).toEqual([]);
      const isSpanEvent = meaning?.kind === 'spanEvent';
      expect(operationSpan?.events.map((event) => event.name)).toEqual(isSpanEvent ? [name] : []);
    } else {
      expect(made.map((span) => span.name)).toEqual([meaning.span]);
      expect(made[0]?.parentSpanContext?.spanId).toBe(operation.spanContext().spanId);
      const duration = Number(measurements.duration ?? Number.NaN);
      if (meaning.kind === 'start') expect(made[0]?.startTime).toEqual([1_700_000_000, 0]);
      else expect((made[0]?.duration[0] ?? 0) * 1e9 + (made[0]?.duration[1] ?? 0)).toBe(duration);
      expect(made[0]?.status.code === SpanStatusCode.ERROR).toBe(meaning.kind === 'exception');
    }

    const level = event.log?.level ?? 'debug';
    expect(record).toMatchObject({ eventName: name, severityText: level.toUpperCase() });
    expect(record?.spanContext?.spanId).toBe(operation.spanContext().spanId);
    const lines = event.log?.message as ((m: object, t: object) => string) | undefined;
    if (lines !== undefined) expect(record?.body).toBe(lines(measurements, metadata));
    else expect(record?.body).toContain(name);

    for (const [key, field] of Object.entries(event.metadata)) {
      if (!field.sensitive) continue;
      const exported = JSON.stringify([
        record?.body,
        record?.attributes,
        made.map(({ attributes, events }) => [attributes, events]),
        operationSpan?.events,
      ]);
      expect(exported, `${key} is not exported unless asked for`).not.toContain(String(metadata[key]));
    }
  });
});

describe('all events, emitted once and scraped', () => {
  /** Serves the page of a host that has seen every event once. */
  async function scrape(): Promise<string> {
    const port = Number(await freePort());
    const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
    const meterProvider = new MeterProvider({ readers: [exporter] });
    const host = instrumentedHost({ gpuConventions: 'both' });
    host.instrumentation.setMeterProvider(meterProvider);
    await exporter.startServer();
    onTestFinished(() => meterProvider.shutdown());
    for (const [name, event] of catalogEvents) emit(name, event);
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  const seriesOf = (page: string, name: string) =>
    page.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

  test('every metric has its series on the page, with the emitted value', async () => {
    const page = await scrape();
    const definitionsByEvent = new Map(catalogEvents);
    const followed = new Set(catalogEvents.flatMap(([, event]) => consequences(event)));
    for (const definition of definitions) {
      const event = definitionsByEvent.get(definition.event);
      if (event === undefined) throw new Error(`no event for ${definition.event}`);
      const { metadata } = exampleEvent(definition.event, event);
      const feeding = definitions.filter(({ name }) => name === definition.name);
      const base = definition.name.replaceAll('.', '_');
      const isCounter = definition.kind === 'counter' || definition.kind === 'sum';
      const counted = `${base.replace(/_total$/, '')}_total`;
      const name = {
        counter: counted,
        sum: counted,
        observableCounter: counted,
        lastValue: base,
        distribution: `${base}_count`,
      }[definition.kind];
      const labels = Object.entries(expectedAttributes(definition, metadata)).map(
        ([key, value]) => `${key.replaceAll('.', '_')}="${value}"`,
      );
      const lines = seriesOf(page, name).filter((line) => labels.every((label) => line.includes(label)));
      expect(lines, `${definition.name} as ${name} with ${labels}`).toHaveLength(1);
      const shown = Number(lines[0]?.split(' ').at(-1));
      // Events that feed one metric under the same attributes add up in a counter; of a gauge, the last one stands.
      const same = feeding.filter(
        (other) =>
          JSON.stringify(
            expectedAttributes(
              other,
              exampleEvent(other.event, definitionsByEvent.get(other.event) as EventDefinition).metadata,
            ),
          ) === JSON.stringify(expectedAttributes(definition, metadata)),
      );
      const values = same.map((other) =>
        expectedValue(other, other.event, definitionsByEvent.get(other.event) as EventDefinition),
      );
      const sum = values.reduce((a, b) => a + b);
      // What follows from other events may have other attributes, such as another category of exceptions.
      const total = seriesOf(page, name).reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
      if (followed.has(definition.event)) expect(total, name).toBeGreaterThan(sum);
      else if (isCounter) expect(shown, name).toBeCloseTo(sum, 6);
      else if (definition.kind === 'distribution') expect(shown, name).toBe(same.length);
      else expect(shown, name).toBeCloseTo(values.at(-1) ?? Number.NaN, 6);
    }
  });

  // promtool also lints names. These are Snakepit's own, kept so that dashboards carry over, and what is named after
  // them in their family; no others may be reported.
  const namesKeptFromSnakepit = [
    'snakepit_circuit_breaker_failure_count',
    'snakepit_gpu_memory_free_mb',
    'snakepit_gpu_memory_reserved_mb',
    'snakepit_gpu_memory_total_mb',
    'snakepit_gpu_memory_used_mb',
    'snakepit_gpu_process_memory_used_mb',
    'snakepit_retry_backoff_delay_ms',
    'snakepit_worker_memory_mb',
  ];

  test.skipIf(!has('promtool'))('promtool accepts the page', async () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await scrape(),
      encoding: 'utf8',
    });
    const lint = 3;
    expect(status, stderr).toBe(lint);
    const reported = stderr
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(reported.toSorted()).toEqual(namesKeptFromSnakepit);
  });
});

describe('a View that drops an attribute', () => {
  test('keeps the counts exact', async () => {
    const views = [
      {
        instrumentName: 'snakepit.circuit_breaker.opened.total',
        attributesProcessors: [{ process: () => ({}) }],
      },
    ];
    const host = instrumentedHost({}, views);
    for (let round = 1; round <= 3; round++) {
      for (const pool of ['a', 'b', 'c', 'd']) {
        execute('snakepit.circuit_breaker.opened', { failure_count: 1 }, { pool, reason: 'failures' });
      }
      expect(await host.value('snakepit.circuit_breaker.opened.total')).toBe(4 * round);
    }
  });
});

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
