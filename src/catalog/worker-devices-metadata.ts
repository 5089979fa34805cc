import { omitUndefined } from '../common/omit-undefined.js';
import { catalogEvents } from './events/index.js';
import { visibleDevices, type WorkerEnvironment } from './worker-environment.js';

const eventsWithDevices = new Set<unknown>(
  catalogEvents.filter(([, { hasWorkerDevices }]) => hasWorkerDevices === true).map(([name]) => name),
);

/**
 * Returns the metadata of an event which describes the devices that its worker sees. Empty unless the catalog says that the event has it.
 *
 * @param event name of the event
 */
export function workerDevicesMetadata(
  event: unknown,
  env: WorkerEnvironment,
  metadata: object,
): { visible_devices?: string; device_order?: string } {
  if (!eventsWithDevices.has(event)) return {};
  const { device } = metadata as { readonly device?: unknown };
  const { visible, order } = visibleDevices(env, device);
  return omitUndefined({ visible_devices: visible, device_order: order });
}
