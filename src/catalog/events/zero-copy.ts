import { defineEvent, spanEvent } from '../event-definition.js';
import { device, enumOf, float, integer, list, optional, text } from '../field.js';
import { BOUNDARIES, counter, distribution, sum } from '../metric-spec.js';

export const zeroCopyEvents = {
  'snakepit.zero_copy.export': defineEvent({
    description: 'Value shared without copying',
    origin: 'elixir',
    measurements: { duration_ms: float('ms'), bytes: optional(integer('By')) },
    metadata: { kind: enumOf('dlpack', 'arrow'), device: device(), dtype: text(), shape: list() },
    metrics: [
      counter('snakepit.zero_copy.exports.total', {
        description: 'Values shared without copying',
        unit: '{value}',
        tags: ['kind', 'device'],
      }),
      sum('snakepit.zero_copy.export.bytes.total', {
        measurement: 'bytes',
        description: 'Values shared without copying, in bytes',
        unit: 'By',
        tags: ['kind', 'device'],
      }),
      distribution('snakepit.zero_copy.export.duration', {
        measurement: 'duration_ms',
        description: 'Values shared without copying: time taken',
        unit: 's',
        tags: ['kind', 'device'],
        boundaries: BOUNDARIES.quick,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.zero_copy.import': defineEvent({
    description: 'Shared value read',
    origin: 'elixir',
    measurements: { duration_ms: float('ms'), bytes: optional(integer('By')) },
    metadata: { kind: enumOf('dlpack', 'arrow'), device: device(), dtype: text(), shape: list() },
    metrics: [
      counter('snakepit.zero_copy.imports.total', {
        description: 'Shared values read',
        unit: '{value}',
        tags: ['kind', 'device'],
      }),
      sum('snakepit.zero_copy.import.bytes.total', {
        measurement: 'bytes',
        description: 'Shared values read, in bytes',
        unit: 'By',
        tags: ['kind', 'device'],
      }),
      distribution('snakepit.zero_copy.import.duration', {
        measurement: 'duration_ms',
        description: 'Shared values read: time taken',
        unit: 's',
        tags: ['kind', 'device'],
        boundaries: BOUNDARIES.quick,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.zero_copy.fallback': defineEvent({
    description: 'Value shared by copying',
    origin: 'elixir',
    measurements: { duration_ms: float('ms'), bytes: optional(integer('By')) },
    metadata: { kind: enumOf('dlpack', 'arrow'), device: device(), dtype: text(), shape: list() },
    metrics: [
      counter('snakepit.zero_copy.fallbacks.total', {
        description: 'Values shared by copying',
        unit: '{value}',
        tags: ['kind', 'device'],
      }),
      sum('snakepit.zero_copy.fallback.bytes.total', {
        measurement: 'bytes',
        description: 'Values shared by copying, in bytes',
        unit: 'By',
        tags: ['kind', 'device'],
      }),
      distribution('snakepit.zero_copy.fallback.duration', {
        measurement: 'duration_ms',
        description: 'Values shared by copying: time taken',
        unit: 's',
        tags: ['kind', 'device'],
        boundaries: BOUNDARIES.quick,
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
};
