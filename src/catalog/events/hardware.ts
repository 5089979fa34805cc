import { defineEvent, inLogGroup, spanStart, spanStop } from '../event-definition.js';
import { boolean, device, enumOf, integer, text, unknown } from '../field.js';
import { wholeMs, wholeUs } from '../format.js';
import { BOUNDARIES, counter, distribution } from '../metric-spec.js';

export const hardwareEvents = inLogGroup('ml', {
  'snakepit.hardware.detect.start': defineEvent({
    description: 'Hardware detection began',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: {},
    trace: spanStart('snakepit.hardware.detect'),
  }),
  'snakepit.hardware.detect.stop': defineEvent({
    description: 'Hardware detection finished',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: { accelerator: enumOf('cpu', 'cuda', 'mps', 'rocm'), platform: text() },
    metrics: [
      distribution('snakepit.hardware.detect.duration', {
        measurement: 'duration',
        description: 'Duration of hardware detection',
        unit: 's',
        tags: ['accelerator', 'platform'],
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanStop('snakepit.hardware.detect'),
    log: {
      message: (m, t) =>
        t.accelerator
          ? `Hardware detection completed in ${wholeMs(m.duration)}ms: accelerator=${t.accelerator} platform=${t.platform}`
          : undefined,
    },
  }),
  'snakepit.hardware.select.start': defineEvent({
    description: 'Device selection began',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { preference: unknown() },
    trace: spanStart('snakepit.hardware.select'),
  }),
  'snakepit.hardware.select.stop': defineEvent({
    description: 'Device selection finished',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: { device: device(), success: boolean('schema says atom') },
    metrics: [
      distribution('snakepit.hardware.select.duration', {
        measurement: 'duration',
        description: 'Duration of device selection',
        unit: 's',
        tags: ['device'],
        boundaries: BOUNDARIES.quick,
      }),
    ],
    trace: spanStop('snakepit.hardware.select'),
    log: {
      message: (m, t) =>
        `Device selection: ${t.device ?? 'none'} success=${t.success} (${wholeUs(m.duration)}μs)`,
    },
  }),
  'snakepit.hardware.cache.hit': defineEvent({
    description: 'Hardware info cache hit',
    origin: 'declared',
    measurements: {},
    metadata: { key: text() },
    metrics: [
      counter('snakepit.hardware.cache.hits.total', { description: 'Hardware cache hits', unit: '{hit}' }),
    ],
  }),
  'snakepit.hardware.cache.miss': defineEvent({
    description: 'Hardware info cache miss',
    origin: 'declared',
    measurements: {},
    metadata: { key: text() },
    metrics: [
      counter('snakepit.hardware.cache.misses.total', {
        description: 'Hardware cache misses',
        unit: '{miss}',
      }),
    ],
  }),
});
