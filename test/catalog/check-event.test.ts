import { expect, test } from 'vitest';
import { checkMetric } from '../../src/catalog/check-metric.js';
import { catalogEvents } from '../../src/catalog/events/index.js';
import {
  counter,
  defineEvent,
  integer,
  lastValue,
  metricDefinitions,
  SnakepitInstrumentation,
  spanEvent,
  sum,
  text,
} from '../../src/index.js';

const failure = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

const fields = { measurements: { duration: integer('ns') }, metadata: { model: text() } };
const withMetric = (metric: object) => defineEvent({ ...fields, metrics: [metric as never] });
const duration = (options: object = {}) =>
  sum('myapp.time', { description: '', measurement: 'duration', unit: 's', ...options });

test.each<[string, () => unknown, string]>([
  [
    'an unknown member',
    () => defineEvent({ ...fields, metric: [] } as never),
    'Invalid option of defineEvent(): "metric". Allowed: description, isError, log, measurements, metadata, metrics, pythonError, sampled, trace. Did you mean "metrics"?',
  ],
  [
    'an unknown tag',
    () => withMetric(counter('myapp.total', { description: '', tags: ['modle'] })),
    'Invalid tags of myapp.total: "modle". Allowed: model. Did you mean "model"?',
  ],
  [
    'an unknown fallback key of a tag',
    () =>
      withMetric(
        counter('myapp.total', { description: '', tags: [{ key: 'model', as: 'm', fallbackKey: 'mode' }] }),
      ),
    'Invalid tags of myapp.total: "mode". Allowed: model. Did you mean "model"?',
  ],
  [
    'an unknown measurement',
    () => withMetric(duration({ measurement: 'durations' })),
    'Invalid measurement of myapp.time: "durations". Allowed: duration. Did you mean "duration"?',
  ],
  [
    'a unit that the measurement does not convert to',
    () => withMetric(duration({ unit: 'min' })),
    'Invalid unit of myapp.time: "min". Allowed: ns, s, ms.',
  ],
  [
    'the default unit for a duration',
    () => withMetric(duration({ unit: undefined })),
    'Invalid unit of myapp.time: "1". Allowed: ns, s, ms.',
  ],
  [
    'a source unit that does not convert',
    () => withMetric(duration({ sourceUnit: 'hours' })),
    'Invalid unit of myapp.time: "s". Allowed: hours.',
  ],
  [
    'a measurement of a counter',
    () => withMetric({ ...duration(), kind: 'counter' }),
    'Invalid option of counter() myapp.time: "measurement". Allowed: ',
  ],
  [
    'a metric without a measurement',
    () => withMetric(duration({ measurement: undefined })),
    'Invalid measurement of myapp.time',
  ],
  ['an unknown kind', () => withMetric({ ...duration(), kind: 'summ' }), 'Did you mean "sum"?'],
  ['a metric without a name', () => withMetric({ kind: 'counter' }), 'Invalid name of a metric: undefined.'],
  [
    'a name that SDKs reject',
    () => withMetric({ ...duration(), name: '1st metric' }),
    'Invalid name of a metric: "1st metric".',
  ],
  [
    'metrics that are no list',
    () => defineEvent({ metrics: {} as never }),
    'Invalid metrics: {}. Allowed: a list.',
  ],
  [
    'a metric that is no object',
    () => withMetric('myapp.total' as never),
    'Invalid name of a metric: undefined.',
  ],
  [
    'boundaries that do not ascend',
    () => withMetric({ ...duration(), kind: 'distribution', boundaries: [1, 1] }),
    'Invalid boundaries of myapp.time: [1,1]. Allowed: numbers in ascending order.',
  ],
  [
    'an unknown instrument',
    () => withMetric({ ...duration(), kind: 'lastValue', instrument: 'gage' }),
    'Did you mean "gauge"?',
  ],
  [
    'a field that is a string',
    () => defineEvent({ metadata: { model: 'text' } } as never),
    'Invalid metadata.model: "text".',
  ],
  [
    'a field of an unknown type',
    () => defineEvent({ metadata: { model: { type: 'text' } } } as never),
    'Invalid type of metadata.model: "text".',
  ],
  [
    'text as a measurement',
    () => defineEvent({ measurements: { model: text() } } as never),
    'Invalid measurements.model: "string". Allowed: integer(unit), float(unit).',
  ],
  [
    'an unknown level',
    () => defineEvent({ log: { level: 'warning' } } as never),
    'Invalid level of log: "warning". Allowed: debug, info, warn, error.',
  ],
  [
    'an unknown effect on traces',
    () => defineEvent({ trace: { kind: 'event' } } as never),
    'Invalid kind of trace: "event".',
  ],
  [
    'a span without a name',
    () => defineEvent({ trace: { kind: 'start' } } as never),
    'Invalid span of trace: undefined.',
  ],
  [
    'no definition',
    () => defineEvent(undefined as never),
    'Invalid defineEvent(): undefined. Allowed: an object.',
  ],
  [
    'a metric of a misspelled event',
    () =>
      new SnakepitInstrumentation({
        metrics: [{ event: 'snakepit.gpu.memory.sampld', ...counter('myapp.total', { description: '' }) }],
      }),
    'Invalid event of myapp.total: "snakepit.gpu.memory.sampld". Allowed: events of the catalog and of the option events, such as snakepit.gpu.memory.sampled.',
  ],
  [
    'a metric of a measurement that an event of the catalog lacks',
    () =>
      new SnakepitInstrumentation({
        metrics: [
          {
            event: 'snakepit.retry.attempt',
            ...lastValue('myapp.delay', { description: '', measurement: 'delay', unit: 'ms' }),
          },
        ],
      }),
    'Invalid measurement of myapp.delay: "delay". Allowed: attempt, delay_ms.',
  ],
  [
    'an event that defineEvent() did not check',
    () =>
      new SnakepitInstrumentation({
        events: {
          'myapp.done': {
            metadata: {},
            metrics: [counter('myapp.total', { description: '', tags: ['model'] })],
          },
        },
      }),
    'Invalid tags of myapp.total: "model". Allowed: none: the event declares no such key.',
  ],
])('rejects %s', (_, run, message) => {
  expect(failure(run)).toMatchObject({
    code: 'SNAKEPIT_CONFIGURATION',
    message: expect.stringContaining(message),
  });
});

test('accepts metrics of keys that an event does not declare at all, and of events of the host', () => {
  const total = counter('myapp.total', { description: 'Calls', tags: ['model'] });
  expect(defineEvent({ metrics: [total], trace: spanEvent })).toMatchObject({ metrics: [total] });
  new SnakepitInstrumentation({
    enabled: false,
    metrics: [{ event: 'myapp.done', ...total }, ...metricDefinitions({ gpuConventions: 'both' })],
  });
});

test('every metric of the catalog passes the check', () => {
  for (const [, definition] of catalogEvents) {
    const { metrics = [], hardwareMetrics = [] } = definition;
    for (const metric of [...metrics, ...hardwareMetrics]) checkMetric(metric, definition);
  }
});
