import { omitUndefined } from '../../common/omit-undefined.js';
import type { GpuProcess } from '../readings.js';
import { containerMetadata } from './holder.js';

/**
 * Returns a process in the metadata keys of its events. A process on a device need not be of the pod that holds the device.
 *
 * @param device metadata of the device
 */
export const processMetadata = <T extends object>(device: T, process: GpuProcess) =>
  omitUndefined({ ...device, pid: process.pid, process: process.name, ...containerMetadata(process) });
