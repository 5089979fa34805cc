import { omitUndefined } from '../common/omit-undefined.js';
import { visibleDevices, type WorkerEnvironment } from './worker-device.js';

/** Event of memory that ran out, whose metadata has the devices of its worker. */
export const OOM_EVENT = 'snakepit.error.oom';

/** Returns the metadata of an event which describes the devices that its worker sees. */
export function workerDevicesMetadata(env: WorkerEnvironment, { device }: { readonly device?: unknown }) {
  const { visible, order } = visibleDevices(env, device);
  return omitUndefined({ visible_devices: visible, device_order: order });
}
