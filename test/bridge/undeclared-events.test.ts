import { describe, expect, test } from 'vitest';
import { publishWireEvent } from '../../src/bridge/wire-event.js';
import { metricDefinitions } from '../../src/index.js';
import { instrumentedHost } from '../helpers/sdk.js';

const publish = (event: string, measurements: object = {}, metadata: object = {}) =>
  expect(publishWireEvent({ event, measurements, metadata })).toBe('accepted');

describe('events that are not in the catalog', () => {
  test('are counted by name; spans have a duration by name, and count their exceptions', async () => {
    const host = instrumentedHost();
    for (let i = 0; i < 3; i++) publish('model.loaded', { bytes: 5 });
    publish('inference.start', { system_time: 1 });
    publish('inference.stop', { duration: 250_000_000 });
    publish('inference.stop', { duration: '250000000' });
    publish('inference.exception', {}, { error_type: 'ValueError', error_message: 'of a user' });
    expect(await host.value('snakepit.python.events.total', { event: 'snakepit.python.model.loaded' })).toBe(
      3,
    );
    expect(
      await host.value('snakepit.python.span.duration', { span: 'snakepit.python.inference' }),
    ).toMatchObject({ count: 2, sum: 0.5 });
    expect(
      await host.value('snakepit.python.span.exceptions.total', {
        span: 'snakepit.python.inference',
        error_type: 'ValueError',
      }),
    ).toBe(1);
  });

  test('that were published before are recorded by an instrumentation that is enabled later', async () => {
    publish('early.event');
    const host = instrumentedHost();
    publish('early.event');
    host.instrumentation.disable();
    publish('early.event');
    host.instrumentation.enable();
    publish('early.event');
    expect(await host.value('snakepit.python.events.total', { event: 'snakepit.python.early.event' })).toBe(
      2,
    );
  });

  test('feed only the metrics that the host selects', async () => {
    const metrics = metricDefinitions().filter(({ name }) => name !== 'snakepit.python.events.total');
    const host = instrumentedHost({ metrics });
    publish('model.loaded');
    publish('inference.stop', { duration: 1 });
    expect(await host.metric('snakepit.python.events.total')).toBeUndefined();
    expect(await host.metric('snakepit.python.span.duration')).toBeDefined();
  });

  test('are log records at level debug, exceptions at level error and without their text', () => {
    const host = instrumentedHost({ logLevel: 'debug' });
    publish('model.loaded', { bytes: 5 }, { model: 'a' });
    publish('inference.exception', {}, { error_message: 'of a user', traceback: 'Traceback (of a user)' });
    const records = host.logs().filter(({ eventName }) => eventName?.startsWith('snakepit.python.'));
    expect(records.map(({ eventName, severityText }) => [eventName, severityText])).toEqual([
      ['snakepit.python.model.loaded', 'DEBUG'],
      ['snakepit.python.inference.exception', 'ERROR'],
    ]);
    expect(records[0]?.attributes).toEqual({ 'snakepit.bytes': 5, 'snakepit.model': 'a' });
    expect(JSON.stringify(host.logs().map(({ attributes, body }) => [attributes, body]))).not.toContain(
      'user',
    );
  });
});

test('past 500 names, events are recorded under one name', async () => {
  const host = instrumentedHost();
  for (let i = 0; i < 1000; i++) publish(`generated.n${i}`);
  publish('late.span.stop', { duration: 1e9 });
  publish('generated.n0');
  const points = (await host.metric('snakepit.python.events.total'))?.dataPoints ?? [];
  const other = points.find(({ attributes }) => attributes.event === 'snakepit.python.other');
  const total = points.reduce((sum, { value }) => sum + (value as number), 0);
  expect(total).toBe(1001);
  expect(points.length).toBeLessThanOrEqual(501);
  expect(other?.value).toBe(1001 - 2 - (points.length - 2));
  expect(await host.value('snakepit.python.span.duration', { span: 'snakepit.python.other' })).toMatchObject({
    count: 1,
  });
  expect(points).toContainEqual(
    expect.objectContaining({ attributes: { event: 'snakepit.python.generated.n0' }, value: 2 }),
  );
});
