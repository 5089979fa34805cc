import type { Attributes } from '../attributes.js';
import { sampleLifetimeMs } from '../events/sample-lifetime.js';
import type { AnyEvent } from '../events/types.js';

interface Sample {
  readonly attributes: Attributes;
  /** When it stops being true, ms of `performance.now()`. */
  readonly expiresAt: number;
}

const KEYS = ['used_mb', 'total_mb', 'free_mb'] as const;
const MAX_DEVICES = 1024;

/** The newest memory sample of each device, to tell with an error how full the device was. */
export class DeviceMemory {
  private readonly samples = new Map<unknown, Sample>();

  readonly remember = (event: AnyEvent): void => {
    const { device } = event.metadata;
    if (this.samples.size >= MAX_DEVICES && !this.samples.has(device)) return;
    const attributes: Attributes = {};
    for (const key of KEYS) {
      const value = event.measurements[key];
      if (typeof value === 'number') attributes[`snakepit.gpu.memory.${key}`] = value;
    }
    this.samples.set(device, { attributes, expiresAt: performance.now() + sampleLifetimeMs(event) });
  };

  readonly forget = ({ metadata }: AnyEvent): void => {
    this.samples.delete(metadata.device);
  };

  /** `undefined` where the device is unknown, or was not sampled for three intervals. */
  of(device: unknown): Attributes | undefined {
    const sample = this.samples.get(device);
    return sample !== undefined && performance.now() <= sample.expiresAt ? sample.attributes : undefined;
  }
}
