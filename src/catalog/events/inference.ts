import { defineEvent, spanEvent, spanException, spanStart, spanStop } from '../event-definition.js';
import { error, integer, optional, text, unknown } from '../field.js';
import { BOUNDARIES, counter, distribution, sum } from '../metric-spec.js';

/** Metadata of a model: its name, and the execution provider that it was loaded for. */
const model = { model: text(), provider: text() };

const TAGS = ['model', 'provider'] as const;

export const inferenceEvents = {
  'snakepit.inference.start': defineEvent({
    description: 'Model run began, or a call of transformers.js, which can run a model several times',
    origin: 'package',
    measurements: { system_time: integer('epoch_ns') },
    metadata: model,
    trace: spanStart('snakepit.inference'),
  }),
  'snakepit.inference.stop': defineEvent({
    description: 'Model run finished, or a call of transformers.js with all of its runs',
    origin: 'package',
    measurements: {
      duration: integer('ns'),
      queue_time: optional(integer('ns', 'until the runtime began')),
      compute_time: optional(integer('ns', 'from then to the result')),
      batch_size: optional(integer('{item}')),
      runs: optional(integer('{run}', 'of the runtime in a call of transformers.js')),
      input_tokens: optional(integer('{token}')),
      output_tokens: optional(integer('{token}')),
      time_to_first_token: optional(integer('ns', 'of a call that generates some')),
    },
    metadata: model,
    metrics: [
      distribution('snakepit.inference.duration', {
        measurement: 'duration',
        description: 'Duration of model runs',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.call,
      }),
      distribution('snakepit.inference.queue.time', {
        measurement: 'queue_time',
        description: 'Time that model runs waited for the thread that computes them',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.call,
      }),
      distribution('snakepit.inference.compute.time', {
        measurement: 'compute_time',
        description: 'Time that the runtime computed',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.call,
      }),
      sum('snakepit.inference.items.total', {
        measurement: 'batch_size',
        description: 'Items in the batches that models ran on',
        unit: '{item}',
        tags: TAGS,
      }),
      sum('snakepit.inference.input_tokens.total', {
        measurement: 'input_tokens',
        description: 'Tokens that models read to generate others',
        unit: '{token}',
        tags: TAGS,
      }),
      sum('snakepit.inference.output_tokens.total', {
        measurement: 'output_tokens',
        description: 'Tokens that models generated',
        unit: '{token}',
        tags: TAGS,
      }),
      distribution('snakepit.inference.first_token.time', {
        measurement: 'time_to_first_token',
        description: 'Time until models generated their first token',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanStop('snakepit.inference'),
  }),
  'snakepit.inference.exception': defineEvent({
    description: 'Model run failed, or a call of transformers.js',
    origin: 'package',
    measurements: { duration: integer('ns') },
    metadata: { ...model, reason: error(unknown()), error_type: error(text()) },
    metrics: [
      counter('snakepit.inference.exceptions.total', {
        description: 'Model runs that failed',
        unit: '{exception}',
        tags: [...TAGS, 'error_type'],
      }),
    ],
    trace: spanException('snakepit.inference'),
    log: { level: 'error' },
  }),
  'snakepit.model.load.start': defineEvent({
    description: 'Model load began',
    origin: 'package',
    measurements: { system_time: integer('epoch_ns') },
    metadata: model,
    trace: spanStart('snakepit.model.load'),
  }),
  'snakepit.model.load.stop': defineEvent({
    description: 'Model loaded',
    origin: 'package',
    measurements: { duration: integer('ns'), bytes: optional(integer('By', 'of a model in memory')) },
    metadata: model,
    metrics: [
      distribution('snakepit.model.load.duration', {
        measurement: 'duration',
        description: 'Time to load a model',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanStop('snakepit.model.load'),
    log: { level: 'info' },
  }),
  'snakepit.model.load.exception': defineEvent({
    description: 'Model load failed',
    origin: 'package',
    measurements: { duration: integer('ns') },
    metadata: { ...model, reason: error(unknown()), error_type: error(text()) },
    metrics: [
      counter('snakepit.model.load.exceptions.total', {
        description: 'Model loads that failed',
        unit: '{exception}',
        tags: [...TAGS, 'error_type'],
      }),
    ],
    trace: spanException('snakepit.model.load'),
    log: { level: 'error' },
  }),
  'snakepit.model.released': defineEvent({
    description: 'Model released',
    origin: 'package',
    measurements: { lifetime: integer('ns') },
    metadata: model,
    metrics: [
      distribution('snakepit.model.lifetime', {
        measurement: 'lifetime',
        description: 'Time from the load of a model to its release',
        unit: 's',
        tags: TAGS,
        boundaries: BOUNDARIES.lifetime,
      }),
    ],
    trace: spanEvent,
  }),
};
