import type { SerialFileReader } from '../../../system/serial-file-reader.js';
import { EngineCounters } from './engine-counters.js';
import { type DrmClient, parseFdinfo } from './fdinfo.js';
import type { DeviceFile } from './process-scan.js';

/** Clients that are read in a sample. */
const MAX_CLIENTS = 1024;

/** A client of a card, with its use since the sample before. */
export interface ClientUse {
  readonly pid: number;
  readonly client: DrmClient;
  /** Name of the device file through which it was found, such as `renderD128`. */
  readonly node: string;
  /** Share of the time in which each kind of engine worked for the client, %; `undefined` in its first sample. */
  readonly percents: ReadonlyMap<string, number> | undefined;
}

/**
 * Reads the clients of graphics cards, each once: processes share clients, and a process has several descriptors of one. A client
 * belongs to the first process that was found with it.
 */
export class DrmClients {
  readonly #files: SerialFileReader;
  /** Client of each device file when it was last read. Those of a client that another file was read for are skipped. */
  #keys = new WeakMap<DeviceFile, string>();
  #counters = new Map<string, EngineCounters>();

  constructor(files: SerialFileReader) {
    this.#files = files;
  }

  async read(deviceFiles: Iterable<DeviceFile>): Promise<ClientUse[]> {
    const uses: ClientUse[] = [];
    const counters = new Map<string, EngineCounters>();
    for (const file of deviceFiles) {
      if (uses.length >= MAX_CLIENTS) break;
      const expected = this.#keys.get(file);
      if (expected !== undefined && counters.has(expected)) continue;
      const client = parseFdinfo((await this.#files.text(file.fdinfo)) ?? '');
      if (client === undefined) continue;
      const key = `${client.pciAddress ?? file.node} ${client.id}`;
      this.#keys.set(file, key);
      if (counters.has(key)) continue;
      const at = performance.now();
      const known = this.#counters.get(key);
      const percents = known?.update(client.engines, at);
      counters.set(key, known ?? new EngineCounters(client.engines, at));
      uses.push({ pid: file.pid, client, node: file.node, percents });
    }
    this.#counters = counters;
    return uses;
  }
}
