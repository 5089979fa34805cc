import type { Attributes } from '../attributes.js';
import type { AnyEvent } from '../events/types.js';

const KEYS = ['used_mb', 'total_mb', 'free_mb'] as const;
const MAX_DEVICES = 1024;

/** The newest memory sample of each device, to tell with an error how full the device was. */
export class DeviceMemory {
  private readonly samples = new Map<unknown, Attributes>();

  readonly remember = ({ measurements, metadata }: AnyEvent): void => {
    if (this.samples.size >= MAX_DEVICES && !this.samples.has(metadata.device)) return;
    const sample: Attributes = {};
    for (const key of KEYS) {
      const value = measurements[key];
      if (typeof value === 'number') sample[`snakepit.gpu.memory.${key}`] = value;
    }
    this.samples.set(metadata.device, sample);
  };

  readonly forget = ({ metadata }: AnyEvent): void => {
    this.samples.delete(metadata.device);
  };

  of(device: unknown): Attributes | undefined {
    return this.samples.get(device);
  }
}
