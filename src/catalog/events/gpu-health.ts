import { ATTR_ERROR_TYPE, ATTR_HW_STATE, METRIC_HW_ERRORS, METRIC_HW_STATUS } from '../../semconv.js';
import { defineEvent } from '../event-definition.js';
import { device, type Field, float, integer, type OptionalField, optional } from '../field.js';
import { GPU_TOTAL_TAGS, gpuIdentityFields } from '../gpu-identity.js';
import { GPU_STATUSES, type GpuStatus } from '../gpu-status.js';
import { gpuLastValue, gpuTotal } from '../hardware-conventions.js';
import { lastValue, observableCounter } from '../metric-spec.js';
import { THROTTLE_REASONS, type ThrottleReason } from '../throttle-reasons.js';

const throttled = Object.fromEntries(
  THROTTLE_REASONS.map((reason) => [reason, optional(integer('1', '1 while active'))]),
) as Record<ThrottleReason, OptionalField<number>>;

const THROTTLE_TIMES = [
  'power',
  'thermal',
  'sync_boost',
  'board_limit',
  'low_utilization',
  'reliability',
  'sw_thermal',
  'hw_thermal',
  'power_brake',
] as const;
const throttleTimes = Object.fromEntries(
  THROTTLE_TIMES.map((reason) => [reason, optional(float('s', 'since the driver was loaded'))]),
) as Record<(typeof THROTTLE_TIMES)[number], OptionalField<number>>;

const statuses = Object.fromEntries(
  GPU_STATUSES.map((status) => [status, integer('1', '1 for the state of the GPU, else 0')]),
) as Record<GpuStatus, Field<number>>;

const RECOVERY_ACTIONS =
  '0 none, 1 reset, 2 reboot, 3 drain peer-to-peer traffic, 4 drain and reset, 5 recover the IMEX domain';

const flag = (note: string) => optional(integer('1', note));
const lifetimeCount = (unit: string) => optional(integer(unit, 'over the life of the GPU'));

/** What holds GPUs back, and what they fail with. */
export const gpuHealthEvents = {
  'snakepit.gpu.throttle.sampled': defineEvent({
    description: 'GPU clock throttle reasons',
    origin: 'package',
    measurements: throttled,
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: THROTTLE_REASONS.map((reason) =>
      lastValue('snakepit.gpu.throttled', {
        measurement: reason,
        description: 'GPU clock throttling by reason: 1 while active',
        tags: ['device'],
        attributes: { reason },
      }),
    ),
  }),
  'snakepit.gpu.throttle_time.sampled': defineEvent({
    description: 'Time for which GPU clocks were held down, by cause',
    origin: 'package',
    measurements: throttleTimes,
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: THROTTLE_TIMES.map((reason) =>
      observableCounter('snakepit.gpu.throttled.seconds.total', {
        measurement: reason,
        description: 'Time for which GPU clocks were held down since the driver was loaded, by cause',
        unit: 's',
        tags: GPU_TOTAL_TAGS,
        attributes: { reason },
      }),
    ),
  }),
  'snakepit.gpu.ecc.sampled': defineEvent({
    description: 'GPU memory error counters',
    origin: 'package',
    measurements: {
      corrected: optional(integer('{error}', 'since the driver was loaded')),
      uncorrected: optional(integer('{error}', 'since the driver was loaded')),
      corrected_lifetime: lifetimeCount('{error}'),
      uncorrected_lifetime: lifetimeCount('{error}'),
    },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: (['corrected', 'uncorrected'] as const).flatMap((type) => [
      observableCounter('snakepit.gpu.ecc_errors.total', {
        measurement: type,
        description: 'Memory errors of the GPU since its driver was loaded',
        unit: '{error}',
        tags: GPU_TOTAL_TAGS,
        attributes: { type },
      }),
      observableCounter('snakepit.gpu.ecc_errors.lifetime.total', {
        measurement: `${type}_lifetime`,
        description: 'Memory errors over the life of the GPU',
        unit: '{error}',
        tags: GPU_TOTAL_TAGS,
        attributes: { type },
      }),
    ]),
    hardwareMetrics: (['corrected', 'uncorrected'] as const).map((type) =>
      gpuTotal(METRIC_HW_ERRORS, {
        measurement: type,
        description: 'Errors of the GPU',
        unit: '{error}',
        replaces: 'snakepit.gpu.ecc_errors.total',
        attributes: { [ATTR_ERROR_TYPE]: type },
      }),
    ),
  }),
  'snakepit.gpu.health.sampled': defineEvent({
    description: 'Repairs of GPU memory, and the action that the driver demands',
    origin: 'package',
    measurements: {
      retired_single_bit: lifetimeCount('{page}'),
      retired_double_bit: lifetimeCount('{page}'),
      retired_pending: flag('1 if pages are retired with the next reset'),
      remapped_corrected: lifetimeCount('{row}'),
      remapped_uncorrected: lifetimeCount('{row}'),
      remap_pending: flag('1 if rows are remapped with the next reset'),
      remap_failed: flag('1 if remapping a row failed'),
      recovery_action: optional(integer('1', RECOVERY_ACTIONS)),
    },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      ...(['single_bit', 'double_bit'] as const).map((cause) =>
        observableCounter('snakepit.gpu.retired_pages.total', {
          measurement: `retired_${cause}`,
          description: 'Memory pages retired over the life of the GPU, by the errors that caused it',
          unit: '{page}',
          tags: GPU_TOTAL_TAGS,
          attributes: { cause },
        }),
      ),
      ...(['corrected', 'uncorrected'] as const).map((cause) =>
        observableCounter('snakepit.gpu.remapped_rows.total', {
          measurement: `remapped_${cause}`,
          description: 'Memory rows remapped over the life of the GPU, by the errors that caused it',
          unit: '{row}',
          tags: GPU_TOTAL_TAGS,
          attributes: { cause },
        }),
      ),
      ...(
        [
          ['retired_pages.pending', 'retired_pending', '1 if memory pages are retired with the next reset'],
          ['remapped_rows.pending', 'remap_pending', '1 if memory rows are remapped with the next reset'],
          ['remapped_rows.failed', 'remap_failed', '1 if remapping a memory row failed'],
          ['recovery_action', 'recovery_action', `Action that the driver demands: ${RECOVERY_ACTIONS}`],
        ] as const
      ).map(([name, measurement, description]) =>
        lastValue(`snakepit.gpu.${name}`, { measurement, description, tags: ['device'] }),
      ),
    ],
  }),
  'snakepit.gpu.status.sampled': defineEvent({
    description:
      'State of a GPU, from the action that its driver demands, repairs of its memory and Xid errors',
    origin: 'package',
    measurements: statuses,
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: GPU_STATUSES.map((state) =>
      lastValue('snakepit.gpu.status', {
        measurement: state,
        description: 'State of the GPU: 1 for the present state, 0 for the others',
        tags: ['device'],
        attributes: { state },
      }),
    ),
    hardwareMetrics: GPU_STATUSES.map((state) =>
      gpuLastValue(METRIC_HW_STATUS, {
        measurement: state,
        description: 'Operational status: 1 or 0 for each of the possible states',
        instrument: 'updowncounter',
        replaces: 'snakepit.gpu.status',
        attributes: { [ATTR_HW_STATE]: state },
      }),
    ),
  }),
};
