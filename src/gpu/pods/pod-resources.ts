import { singleLine } from '../../common/single-line.js';
import { TurnBudget } from '../../common/turn-budget.js';
import { cdiDevice, claimedDevice, type DeviceReference, pluginDevice } from './device-reference.js';
import { FieldReader } from './field-reader.js';
import type { GpuHolder } from './holder.js';

/** A device that a container holds. */
export interface Allocation {
  readonly device: DeviceReference;
  readonly holder: GpuHolder;
}

/** Allocations that are kept. A node has a few hundred containers. */
const MAX_ALLOCATIONS = 20_000;
/** Names of Kubernetes have at most 253 characters. */
const MAX_NAME_LENGTH = 253;

// Numbers of fields. https://github.com/kubernetes/kubelet/blob/master/pkg/apis/podresources/v1/api.proto
const RESPONSE = { podResources: 1 };
const POD = { name: 1, namespace: 2, containers: 3 };
const CONTAINER = { name: 1, devices: 2, dynamicResources: 5 };
const DEVICES = { resourceName: 1, deviceIds: 2 };
const DYNAMIC = { claimResources: 4 };
const CLAIM = { cdiDevices: 1, driverName: 2, deviceName: 4 };
const CDI = { name: 1 };

/**
 * Returns the GPUs that containers hold, from the answer of the kubelet's `List`. Yields to the event loop if there are many pods.
 *
 * @param message a `ListPodResourcesResponse`
 * @throws RangeError (as a rejection) if the message is malformed
 */
export async function decodeAllocations(message: Buffer): Promise<Allocation[]> {
  const allocations: Allocation[] = [];
  const response = new FieldReader(message);
  const turn = new TurnBudget();
  while (response.next()) {
    if (turn.isSpent) await turn.next();
    if (response.field !== RESPONSE.podResources) continue;
    addPod(allocations, response.message());
    if (allocations.length > MAX_ALLOCATIONS) throw new RangeError(`more than ${MAX_ALLOCATIONS} devices`);
  }
  return allocations;
}

function addPod(allocations: Allocation[], pod: FieldReader): void {
  let name = '';
  let namespace = '';
  const containers: FieldReader[] = [];
  while (pod.next()) {
    if (pod.field === POD.name) name = pod.text();
    else if (pod.field === POD.namespace) namespace = pod.text();
    else if (pod.field === POD.containers) containers.push(pod.message());
  }
  for (const container of containers) addContainer(allocations, container, namespace, name);
}

function addContainer(
  allocations: Allocation[],
  container: FieldReader,
  namespace: string,
  pod: string,
): void {
  let name = '';
  const devices: DeviceReference[] = [];
  while (container.next()) {
    if (container.field === CONTAINER.name) name = container.text();
    else if (container.field === CONTAINER.devices) addPluginDevices(devices, container.message());
    else if (container.field === CONTAINER.dynamicResources) addClaim(devices, container.message());
  }
  if (devices.length === 0) return;
  const holder = { namespace: clean(namespace), pod: clean(pod), container: clean(name) };
  for (const device of devices) allocations.push({ device, holder });
}

function addPluginDevices(devices: DeviceReference[], message: FieldReader): void {
  let resource = '';
  const ids: string[] = [];
  while (message.next()) {
    if (message.field === DEVICES.resourceName) resource = message.text();
    else if (message.field === DEVICES.deviceIds) ids.push(message.text());
  }
  for (const id of ids) addDevice(devices, pluginDevice(resource, id));
}

function addClaim(devices: DeviceReference[], claim: FieldReader): void {
  while (claim.next()) if (claim.field === DYNAMIC.claimResources) addClaimedDevice(devices, claim.message());
}

function addClaimedDevice(devices: DeviceReference[], message: FieldReader): void {
  let driver = '';
  let device = '';
  const named: (DeviceReference | undefined)[] = [];
  while (message.next()) {
    if (message.field === CLAIM.driverName) driver = message.text();
    else if (message.field === CLAIM.deviceName) device = message.text();
    else if (message.field === CLAIM.cdiDevices) named.push(cdiDevice(cdiName(message.message())));
  }
  const found = named.filter((each) => each !== undefined);
  if (found.length > 0) devices.push(...found);
  else addDevice(devices, claimedDevice(driver, device));
}

function cdiName(message: FieldReader): string {
  let name = '';
  while (message.next()) if (message.field === CDI.name) name = message.text();
  return name;
}

function addDevice(devices: DeviceReference[], device: DeviceReference | undefined): void {
  if (device !== undefined) devices.push(device);
}

const clean = (name: string): string => singleLine(name, MAX_NAME_LENGTH);
