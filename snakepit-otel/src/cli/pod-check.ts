import { statSync } from 'node:fs';
import {
  countGpuPods,
  errorMessage,
  NO_KUBELET,
  PROFILER_SETTINGS,
} from 'opentelemetry-instrumentation-snakepit/internal';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import { type Check, problem } from './check.js';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'run as the user 0: only that may connect to the socket',
  EPERM: 'on SELinux, give this container the privileged type: the socket is protected',
  ECONNREFUSED:
    'check that the kubelet runs, and mount the folder of the socket rather than the socket, which a restart replaces',
};
const MOUNT =
  'mount the folder /var/lib/kubelet/pod-resources of the node, read-only; SNAKEPIT_OTEL_KUBELET_SOCKET names another path, or none';

/** Asks the kubelet which pods hold GPUs; `undefined` if the settings turn that off. */
export async function checkPods({ settings }: ResolvedConfiguration): Promise<Check | undefined> {
  const { kubeletSocket: address } = settings;
  if (address === NO_KUBELET) return undefined;
  const isConfigured = address !== PROFILER_SETTINGS.kubeletSocket.default;
  const common = { name: 'pods of GPUs', address, isConfigured };
  const fail = (cause: string, remedy?: string): Check => ({
    ...common,
    ok: false,
    problem: problem(cause, remedy),
  });
  try {
    const stats = statSync(address, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (isConfigured || process.env.KUBERNETES_SERVICE_HOST) return fail('there is no socket', MOUNT);
      return { ...common, ok: true, detail: 'no kubelet runs on this host' };
    }
    if (!stats.isSocket()) return fail('this is no socket', MOUNT);
    const pods = await countGpuPods(address);
    return { ...common, ok: true, detail: pods === 1 ? '1 pod holds GPUs' : `${pods} pods hold GPUs` };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return fail(errorMessage(error), REMEDIES[code] ?? 'check the log of the kubelet');
  }
}
