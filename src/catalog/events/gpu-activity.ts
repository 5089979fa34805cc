import { defineEvent } from '../event-definition.js';
import { device, float, optional } from '../field.js';
import { gpuIdentityFields } from '../gpu-identity.js';
import { lastValue } from '../metric-spec.js';

const COMPONENTS = ['graphics', 'sm', 'tensor', 'fp64', 'fp32', 'fp16', 'dram'] as const;

/** The use of the parts of GPUs. */
export const gpuActivityEvents = {
  'snakepit.gpu.activity.sampled': defineEvent({
    description: 'Use of the parts of a GPU or MIG slice, mean since the previous sample',
    origin: 'package',
    measurements: {
      graphics_percent: optional(float('%', 'time in which the graphics or compute engine was busy')),
      sm_percent: optional(float('%', 'time in which the streaming multiprocessors had work')),
      sm_occupancy_percent: optional(float('%', 'resident warps, of the maximum')),
      tensor_percent: optional(float('%', 'time in which the tensor pipes were busy')),
      fp64_percent: optional(float('%')),
      fp32_percent: optional(float('%')),
      fp16_percent: optional(float('%')),
      dram_percent: optional(float('%', 'memory bandwidth, of the maximum')),
    },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      ...COMPONENTS.map((component) =>
        lastValue('snakepit.gpu.activity.percent', {
          measurement: `${component}_percent`,
          description: 'Time in which a part of the GPU was busy; of dram, bandwidth in use',
          unit: '%',
          tags: ['device'],
          attributes: { component },
        }),
      ),
      lastValue('snakepit.gpu.sm_occupancy.percent', {
        measurement: 'sm_occupancy_percent',
        description: 'Warps resident on the streaming multiprocessors, of the maximum',
        unit: '%',
        tags: ['device'],
      }),
    ],
  }),
};
