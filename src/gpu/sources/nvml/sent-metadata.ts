import type { GpuFault } from '../../source.js';
import type { Device } from './device.js';
import type { ProcessNames } from './process-names.js';
import type { Response } from './response.js';

/** The metadata that the main thread already has. It is sent again only after a change. */
export class SentMetadata {
  #devices: readonly Device[] | undefined;
  #faults = '';

  /** Sends the metadata with the next response. */
  reset(): void {
    this.#devices = undefined;
  }

  /**
   * Builds the response to a sample.
   *
   * @param devices devices in the order of their records
   * @param faults may contain duplicates, since devices are read twice if they may have changed
   * @param isFast true if the sample has no processes
   */
  respond(
    devices: readonly Device[],
    faults: readonly GpuFault[],
    names: ProcessNames,
    isFast: boolean,
  ): Response {
    const distinct = new Map(faults.map((fault) => [fault.detail, fault]));
    const details = [...distinct.keys()].join('\n');
    const sent = this.#devices;
    const isSame = sent?.length === devices.length && devices.every((device, i) => device === sent[i]);
    this.#devices = devices;
    if (isSame && details === this.#faults && (isFast || !names.hasChanged)) return { kind: 'unchanged' };
    this.#faults = details;
    return {
      kind: 'metadata',
      metadata: {
        devices: devices.map(({ identity }) => identity),
        processNames: names.names,
        faults: [...distinct.values()],
      },
    };
  }
}
