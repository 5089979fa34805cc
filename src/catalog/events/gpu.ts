import { defineEvent, inLogGroup, spanEvent } from '../event-definition.js';
import { device, enumOf, integer, number, text } from '../field.js';
import { gpuIdentityFields } from '../gpu-identity.js';
import { counter } from '../metric-spec.js';

/** GPUs that appear and disappear, their errors, and samples that fail. */
export const gpuEvents = inLogGroup('ml', {
  'snakepit.gpu.xid.raised': defineEvent({
    description: 'The driver reported a critical error of a GPU (NVIDIA Xid)',
    origin: 'package',
    measurements: {},
    metadata: {
      device: device(),
      xid: number('code, as in NVIDIA’s list of Xid errors'),
      ...gpuIdentityFields,
    },
    metrics: [
      counter('snakepit.gpu.xid_errors.total', {
        description: 'Critical GPU errors that the driver reported, by Xid',
        unit: '{error}',
        tags: ['device', 'xid'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'error', message: (_m, t) => `GPU error: Xid ${t.xid} device=${t.device}` },
  }),
  'snakepit.gpu.sample.failed': defineEvent({
    description: 'A GPU source, or one device of it, could not be read: once for as long as that lasts',
    origin: 'package',
    measurements: { count: integer('{failure}') },
    metadata: {
      source: text(),
      reason: enumOf('not_found', 'timeout', 'failed', 'unreadable', 'implausible'),
      device: device(),
    },
    metrics: [
      counter('snakepit.gpu.sample_failures.total', {
        description: 'Failures of reading GPUs; one that lasts counts once',
        unit: '{failure}',
        tags: ['source', 'reason'],
      }),
    ],
    log: { level: 'warn' },
  }),
  'snakepit.gpu.device.lost': defineEvent({
    description: 'The driver stopped reporting a GPU',
    origin: 'package',
    measurements: {},
    metadata: { device: device(), ...gpuIdentityFields },
    metrics: [
      counter('snakepit.gpu.devices.lost.total', {
        description: 'GPUs that disappeared',
        unit: '{device}',
        tags: ['device'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'error', message: (_m, t) => `GPU lost: device=${t.device}` },
  }),
  'snakepit.gpu.device.found': defineEvent({
    description: 'The driver reported a new or returned GPU',
    origin: 'package',
    measurements: {},
    metadata: {
      device: device(),
      cuda_version: text('newest CUDA version that the driver supports'),
      ...gpuIdentityFields,
    },
    metrics: [
      counter('snakepit.gpu.devices.found.total', {
        description: 'GPUs that appeared',
        unit: '{device}',
        tags: ['device'],
      }),
    ],
    log: {
      level: 'info',
      message: (_m, t) => `GPU found: device=${t.device}${t.name ? ` name=${t.name}` : ''}`,
    },
  }),
});
