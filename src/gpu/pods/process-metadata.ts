import {
  ATTR_CONTAINER_ID,
  ATTR_K8S_CONTAINER_NAME,
  ATTR_K8S_NAMESPACE_NAME,
  ATTR_K8S_POD_NAME,
  ATTR_K8S_POD_UID,
} from '../../semconv.js';
import type { identityMetadata } from '../identity.js';
import type { GpuProcess } from '../readings.js';

interface ProcessKeys {
  pid: number;
  process?: string;
  [ATTR_K8S_NAMESPACE_NAME]?: string;
  [ATTR_K8S_POD_NAME]?: string;
  [ATTR_K8S_CONTAINER_NAME]?: string;
  [ATTR_K8S_POD_UID]?: string;
  [ATTR_CONTAINER_ID]?: string;
}

/** Metadata of the events of a process. */
export type ProcessMetadata = Omit<ReturnType<typeof identityMetadata>, keyof ProcessKeys> & ProcessKeys;

/**
 * Returns a process in the metadata keys of its events. By assignments: a second spread takes several times as long.
 *
 * @param device metadata of the device without its holders: a process on it need not be of their pod
 */
export function processMetadata(
  device: ReturnType<typeof identityMetadata>,
  process: GpuProcess,
): ProcessMetadata {
  const { pid, name, namespace, pod, container, podUid, containerId } = process;
  const metadata: ProcessMetadata = { ...device, pid };
  if (name !== undefined) metadata.process = name;
  if (namespace !== undefined) metadata[ATTR_K8S_NAMESPACE_NAME] = namespace;
  if (pod !== undefined) metadata[ATTR_K8S_POD_NAME] = pod;
  if (container !== undefined) metadata[ATTR_K8S_CONTAINER_NAME] = container;
  if (podUid !== undefined) metadata[ATTR_K8S_POD_UID] = podUid;
  if (containerId !== undefined) metadata[ATTR_CONTAINER_ID] = containerId;
  return metadata;
}
