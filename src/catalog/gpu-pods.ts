import {
  ATTR_CONTAINER_ID,
  ATTR_K8S_CONTAINER_NAME,
  ATTR_K8S_NAMESPACE_NAME,
  ATTR_K8S_POD_NAME,
  ATTR_K8S_POD_UID,
} from '../semconv.js';
import type { EventDefinition } from './event-definition.js';
import { text } from './field.js';
import type { MetricSpec } from './metric-spec.js';

/** The container of Kubernetes that holds a device, on every GPU event. With several, the keys in which they agree. */
export const gpuHolderFields = {
  [ATTR_K8S_NAMESPACE_NAME]: text('namespace of the pod that holds the device'),
  [ATTR_K8S_POD_NAME]: text('pod that holds the device'),
  [ATTR_K8S_CONTAINER_NAME]: text('container that holds the device'),
};

/** The container that a process runs in, on events of processes. */
export const processContainerFields = {
  [ATTR_K8S_NAMESPACE_NAME]: text('namespace of the process’s pod'),
  [ATTR_K8S_POD_NAME]: text('pod of the process'),
  [ATTR_K8S_CONTAINER_NAME]: text('container of the process'),
  [ATTR_K8S_POD_UID]: text('UID of the process’s pod'),
  [ATTR_CONTAINER_ID]: text('id of the process’s container'),
};

/** Keys of {@link processContainerFields}. */
export const CONTAINER_KEYS = Object.keys(
  processContainerFields,
) as readonly (keyof typeof processContainerFields)[];

/** Event that ends the series of a device or process under the pod that it had. */
export const ALLOCATION_ENDED = 'snakepit.gpu.allocation.ended';
const endedBy = { event: ALLOCATION_ENDED };
/** Identity of GPUs, for joins: must stay one series for each device. */
const IDENTITY_METRIC = 'snakepit.gpu.info';

/**
 * Adds the pod to the newest values that events of GPUs feed, as far as an event has it. Running totals belong to the GPU: a series of
 * another pod would start with what the pods before it have used.
 */
export function withPods<const R extends Readonly<Record<string, EventDefinition>>>(events: R): R {
  return Object.fromEntries(
    Object.entries(events).map(([name, event]) => {
      const keys = CONTAINER_KEYS.filter((key) => key in event.metadata);
      const { metrics, hardwareMetrics } = event;
      return [
        name,
        {
          ...event,
          ...(metrics && { metrics: metrics.map((metric) => withTags(metric, keys)) }),
          ...(hardwareMetrics && {
            hardwareMetrics: hardwareMetrics.map((metric) => withTags(metric, keys)),
          }),
        },
      ];
    }),
  ) as R;
}

const withTags = (metric: MetricSpec, keys: readonly string[]): MetricSpec =>
  metric.kind !== 'lastValue' || metric.name === IDENTITY_METRIC
    ? metric
    : { ...metric, tags: [...(metric.tags ?? []), ...keys], endedBy };
