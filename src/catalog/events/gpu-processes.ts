import { defineEvent } from '../event-definition.js';
import { device, float, integer, number, optional, text } from '../field.js';
import { gpuIdentityFields } from '../gpu-identity.js';
import { processContainerFields } from '../gpu-pods.js';
import { lastValue } from '../metric-spec.js';

const tags = ['device', 'pid', 'process'];
const cardinalityLimit = 256;

/** The processes that use GPUs. */
export const gpuProcessEvents = {
  'snakepit.gpu.process.sampled': defineEvent({
    description: 'GPU memory held by a process, and its use of the GPU',
    origin: 'package',
    measurements: {
      used_mb: optional(integer('MiBy')),
      gpu_percent: optional(float('%')),
      memory_controller_percent: optional(float('%')),
      encoder_percent: optional(float('%')),
      decoder_percent: optional(float('%')),
    },
    metadata: {
      device: device(),
      pid: number(),
      process: text('name of the process'),
      ...gpuIdentityFields,
      ...processContainerFields,
    },
    sampled: true,
    metrics: [
      lastValue('snakepit.gpu.process.memory.used_mb', {
        measurement: 'used_mb',
        description: 'GPU memory held by a process',
        unit: 'MiBy',
        tags,
        cardinalityLimit,
      }),
      ...(
        [
          ['utilization', 'gpu', 'Time in which a process kept the GPU busy'],
          ['memory_controller', 'memory_controller', 'Time in which a process read or wrote GPU memory'],
          ['encoder', 'encoder', 'Use of the video encoder by a process'],
          ['decoder', 'decoder', 'Use of the video decoder by a process'],
        ] as const
      ).map(([name, measurement, description]) =>
        lastValue(`snakepit.gpu.process.${name}.percent`, {
          measurement: `${measurement}_percent`,
          description,
          unit: '%',
          tags,
          cardinalityLimit,
        }),
      ),
    ],
  }),
  'snakepit.gpu.mps.sampled': defineEvent({
    description: 'Processes that share a GPU through NVIDIA’s Multi-Process Service',
    origin: 'package',
    measurements: { clients: optional(integer('{client}')) },
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      lastValue('snakepit.gpu.mps.clients', {
        measurement: 'clients',
        description: 'Processes that use the GPU through NVIDIA’s Multi-Process Service',
        unit: '{client}',
        tags: ['device'],
      }),
    ],
  }),
};
