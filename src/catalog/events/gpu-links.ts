import {
  ATTR_ERROR_TYPE,
  ATTR_NETWORK_IO_DIRECTION,
  METRIC_HW_ERRORS,
  METRIC_HW_GPU_IO,
} from '../../semconv.js';
import { defineEvent } from '../event-definition.js';
import { device, float, integer, type OptionalField, optional } from '../field.js';
import { GPU_TOTAL_TAGS, gpuIdentityFields } from '../gpu-identity.js';
import { gpuTotal } from '../hardware-conventions.js';
import { lastValue, observableCounter } from '../metric-spec.js';

const DIRECTIONS = ['transmit', 'receive'] as const;
const PCIE_ERRORS = ['correctable', 'non_fatal', 'fatal'] as const;
const NVLINK_ERRORS = [
  'crc_flit',
  'crc_data',
  'replay',
  'recovery',
  'failed_recovery',
  'ecc',
  'receive',
  'integrity',
] as const;

const count = () => optional(integer('{error}'));
const nvlinkErrors = Object.fromEntries(NVLINK_ERRORS.map((type) => [type, count()])) as Record<
  (typeof NVLINK_ERRORS)[number],
  OptionalField<number>
>;

/** Traffic and errors of the links of GPUs. */
export const gpuLinkEvents = {
  'snakepit.gpu.pcie.sampled': defineEvent({
    description: 'GPU PCIe readings',
    origin: 'package',
    measurements: {
      transmit_bytes_per_second: optional(float('By/s')),
      receive_bytes_per_second: optional(float('By/s')),
      transmit_bytes: optional(float('By', 'running total')),
      receive_bytes: optional(float('By', 'running total')),
      link_generation: optional(integer('1')),
      max_link_generation: optional(integer('1')),
      link_width: optional(integer('{lane}')),
      max_link_width: optional(integer('{lane}')),
      replays: count(),
      correctable: count(),
      non_fatal: count(),
      fatal: count(),
    },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      ...DIRECTIONS.map((direction) =>
        lastValue('snakepit.gpu.pcie.bytes_per_second', {
          measurement: `${direction}_bytes_per_second`,
          description: 'PCIe throughput of the GPU',
          unit: 'By/s',
          tags: ['device'],
          attributes: { direction },
        }),
      ),
      ...DIRECTIONS.map((direction) =>
        observableCounter('snakepit.gpu.pcie.bytes.total', {
          measurement: `${direction}_bytes`,
          description: 'Data that the GPU sent and received over PCIe',
          unit: 'By',
          tags: GPU_TOTAL_TAGS,
          attributes: { direction },
        }),
      ),
      ...(
        [
          ['generation', 'link_generation', '1', 'PCIe generation of the link'],
          ['max_generation', 'max_link_generation', '1', 'Highest PCIe generation of GPU and slot'],
          ['width', 'link_width', '{lane}', 'PCIe lanes in use'],
          ['max_width', 'max_link_width', '{lane}', 'PCIe lanes of GPU and slot'],
        ] as const
      ).map(([name, measurement, unit, description]) =>
        lastValue(`snakepit.gpu.pcie.link.${name}`, { measurement, description, unit, tags: ['device'] }),
      ),
      observableCounter('snakepit.gpu.pcie.replays.total', {
        measurement: 'replays',
        description: 'PCIe packets that were sent again',
        unit: '{error}',
        tags: GPU_TOTAL_TAGS,
      }),
      ...PCIE_ERRORS.map((type) =>
        observableCounter('snakepit.gpu.pcie.errors.total', {
          measurement: type,
          description: 'PCIe errors of the GPU',
          unit: '{error}',
          tags: GPU_TOTAL_TAGS,
          attributes: { type },
        }),
      ),
    ],
    hardwareMetrics: [
      ...DIRECTIONS.map((direction) =>
        gpuTotal(METRIC_HW_GPU_IO, {
          measurement: `${direction}_bytes`,
          description: 'Received and transmitted bytes by the GPU, over PCIe',
          unit: 'By',
          replaces: 'snakepit.gpu.pcie.bytes.total',
          attributes: { [ATTR_NETWORK_IO_DIRECTION]: direction },
        }),
      ),
      ...hardwareErrors('pcie', PCIE_ERRORS, 'snakepit.gpu.pcie.errors.total'),
      gpuTotal(METRIC_HW_ERRORS, {
        measurement: 'replays',
        description: 'Errors of the GPU',
        unit: '{error}',
        replaces: 'snakepit.gpu.pcie.replays.total',
        attributes: { [ATTR_ERROR_TYPE]: 'pcie_replay' },
      }),
    ],
  }),
  'snakepit.gpu.nvlink.sampled': defineEvent({
    description: 'GPU NVLink readings, of all links',
    origin: 'package',
    measurements: {
      links: optional(integer('{link}')),
      transmit_bytes: optional(float('By', 'running total')),
      receive_bytes: optional(float('By', 'running total')),
      transmit_bytes_per_second: optional(float('By/s')),
      receive_bytes_per_second: optional(float('By/s')),
      ...nvlinkErrors,
    },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      lastValue('snakepit.gpu.nvlink.links', {
        measurement: 'links',
        description: 'NVLinks of the GPU',
        unit: '{link}',
        tags: ['device'],
      }),
      ...DIRECTIONS.map((direction) =>
        lastValue('snakepit.gpu.nvlink.bytes_per_second', {
          measurement: `${direction}_bytes_per_second`,
          description: 'NVLink throughput of the GPU',
          unit: 'By/s',
          tags: ['device'],
          attributes: { direction },
        }),
      ),
      ...DIRECTIONS.map((direction) =>
        observableCounter('snakepit.gpu.nvlink.bytes.total', {
          measurement: `${direction}_bytes`,
          description: 'Data that the GPU sent and received over NVLink',
          unit: 'By',
          tags: GPU_TOTAL_TAGS,
          attributes: { direction },
        }),
      ),
      ...NVLINK_ERRORS.map((type) =>
        observableCounter('snakepit.gpu.nvlink.errors.total', {
          measurement: type,
          description: 'NVLink errors of the GPU',
          unit: '{error}',
          tags: GPU_TOTAL_TAGS,
          attributes: { type },
        }),
      ),
    ],
    hardwareMetrics: hardwareErrors('nvlink', NVLINK_ERRORS, 'snakepit.gpu.nvlink.errors.total'),
  }),
};

function hardwareErrors<const T extends string>(link: string, types: readonly T[], replaces: string) {
  return types.map((type) =>
    gpuTotal(METRIC_HW_ERRORS, {
      measurement: type,
      description: 'Errors of the GPU',
      unit: '{error}',
      replaces,
      attributes: { [ATTR_ERROR_TYPE]: `${link}_${type}` },
    }),
  );
}
