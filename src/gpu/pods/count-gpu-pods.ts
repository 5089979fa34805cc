import { Deadline } from '../../common/deadline.js';
import { listAllocations, TIMEOUT_MS, timeoutError } from './kubelet.js';

/**
 * Asks a kubelet once, and returns the number of pods that hold GPUs.
 *
 * @param socket path of its socket
 * @throws (as a rejection) if there is no answer
 */
export async function countGpuPods(socket: string): Promise<number> {
  const call = new Deadline((signal) => listAllocations(socket, signal), TIMEOUT_MS, timeoutError);
  const allocations = await call.result;
  return new Set(allocations.map(({ holder }) => `${holder.namespace}/${holder.pod}`)).size;
}
