import { ATTR_K8S_CONTAINER_NAME, ATTR_K8S_NAMESPACE_NAME, ATTR_K8S_POD_NAME } from '../../semconv.js';

/** A container of Kubernetes that holds a device. */
export interface GpuHolder {
  /** Namespace of the pod. */
  readonly namespace: string;
  /** Name of the pod. */
  readonly pod: string;
  /** Name of the container in the pod. */
  readonly container: string;
}

/** The container that a process runs in, as far as it is known. */
export interface ProcessContainer extends Partial<GpuHolder> {
  /** UID of the pod. */
  readonly podUid?: string;
  /** Id of the container, 64 hexadecimal digits. */
  readonly containerId?: string;
}

const NONE = {};

/** Returns the holders of a device in metadata keys: those in which all of them agree. */
export function holderMetadata(holders: readonly GpuHolder[] = []) {
  const [first] = holders;
  if (first === undefined) return NONE;
  const isOneNamespace = holders.every(({ namespace }) => namespace === first.namespace);
  const isOnePod = isOneNamespace && holders.every(({ pod }) => pod === first.pod);
  const isOne = isOnePod && holders.every(({ container }) => container === first.container);
  return {
    [ATTR_K8S_NAMESPACE_NAME]: isOneNamespace ? first.namespace : undefined,
    [ATTR_K8S_POD_NAME]: isOnePod ? first.pod : undefined,
    [ATTR_K8S_CONTAINER_NAME]: isOne ? first.container : undefined,
  };
}
