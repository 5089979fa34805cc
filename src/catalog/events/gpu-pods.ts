import { defineEvent } from '../event-definition.js';
import { device, number, text } from '../field.js';
import { gpuIdentityFields } from '../gpu-identity.js';
import { ALLOCATION_ENDED, processContainerFields, withPods } from '../gpu-pods.js';
import { lastValue } from '../metric-spec.js';

/** The pods of Kubernetes that hold GPUs. */
export const gpuPodEvents = withPods({
  [ALLOCATION_ENDED]: defineEvent({
    description:
      'The pod or container of these keys does not hold the GPU any more, or no longer alone: series under these keys end',
    origin: 'package',
    measurements: {},
    metadata: {
      device: device(),
      pid: number(),
      process: text('name of the process'),
      ...gpuIdentityFields,
      ...processContainerFields,
    },
  }),
  'snakepit.gpu.pod.sampled': defineEvent({
    description: 'A container of Kubernetes holds a GPU; one event for each of them',
    origin: 'package',
    measurements: {},
    metadata: { device: device(), ...gpuIdentityFields },
    sampled: true,
    metrics: [
      lastValue('snakepit.gpu.pod.info', {
        measurement: () => 1,
        description: 'Container of Kubernetes that holds a GPU, for joins by the device: always 1',
        unit: '1',
        tags: ['device'],
      }),
    ],
  }),
});
