import { ConfigurationError } from '../configuration/configuration-error.js';
import { endSpan, startSpan } from '../spans/span.js';
import { type DetectHardwareOptions, detectHardware } from './detect.js';
import type { HardwareInfo } from './info.js';

/** Device to select: `auto` is the best one, `cuda` and `rocm` are the first of their family. */
export type DevicePreference = 'auto' | 'cpu' | 'cuda' | 'mps' | 'rocm' | `cuda:${number}` | `rocm:${number}`;

const PREFERENCE = /^(?:auto|cpu|mps|(cuda|rocm)(?::(\d+))?)$/;
const ALLOWED = 'auto, cpu, cuda, cuda:N, mps, rocm, rocm:N';

/** Error of {@link selectDevice} and {@link selectDeviceWithFallback} if this host lacks the device. */
export class DeviceNotAvailableError extends Error {
  /** Creates the error from the wanted and the available devices. */
  constructor(
    /** `SNAKEPIT_NO_DEVICE` if this host has none of a list. */
    readonly code: 'SNAKEPIT_DEVICE_NOT_AVAILABLE' | 'SNAKEPIT_NO_DEVICE',
    preferences: readonly string[],
    available: readonly string[],
  ) {
    super(`Not available: ${preferences.join(', ') || '(empty list)'}. Available: ${available.join(', ')}.`);
    this.name = 'DeviceNotAvailableError';
  }
}

/**
 * Selects the device for a preference: `cuda:0`, `mps`, `cpu`.
 *
 * @param options see {@link DetectHardwareOptions}
 * @throws ConfigurationError (as a rejection) for an invalid preference
 * @throws DeviceNotAvailableError (as a rejection) if this host has no such device
 */
export function selectDevice(preference: DevicePreference, options?: DetectHardwareOptions): Promise<string> {
  return select([preference], 'SNAKEPIT_DEVICE_NOT_AVAILABLE', options);
}

/**
 * Selects the first device of the list that this host has.
 *
 * @param options see {@link DetectHardwareOptions}
 * @throws ConfigurationError (as a rejection) for an invalid preference
 * @throws DeviceNotAvailableError (as a rejection) if this host has none of them
 */
export function selectDeviceWithFallback(
  preferences: readonly DevicePreference[],
  options?: DetectHardwareOptions,
): Promise<string> {
  return select(preferences, 'SNAKEPIT_NO_DEVICE', options);
}

async function select(
  preferences: readonly DevicePreference[],
  code: DeviceNotAvailableError['code'],
  options: DetectHardwareOptions | undefined,
): Promise<string> {
  for (const preference of preferences) {
    if (!PREFERENCE.test(preference)) throw new ConfigurationError('device', preference, ALLOWED);
  }
  const reference = startSpan('snakepit.hardware.select', { preference: preferences.join(',') });
  const devices = devicesOf(await detectHardware(options));
  const device = preferences
    .map((preference) => resolve(preference, devices))
    .find((found) => found !== undefined);
  endSpan(reference, { device, success: device !== undefined });
  if (device === undefined) throw new DeviceNotAvailableError(code, preferences, devices);
  return device;
}

/** Lists the devices of the host, best first. */
const devicesOf = ({ cuda, mps, rocm }: HardwareInfo): string[] => [
  ...(cuda?.devices.map(({ id }) => `cuda:${id}`) ?? []),
  ...(mps === undefined ? [] : ['mps']),
  ...(rocm?.devices.map(({ id }) => `rocm:${id}`) ?? []),
  'cpu',
];

function resolve(preference: DevicePreference, devices: readonly string[]): string | undefined {
  if (preference === 'auto') return devices[0];
  return devices.find((device) => device === preference || device.startsWith(`${preference}:`));
}
