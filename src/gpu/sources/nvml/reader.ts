import { errorMessage } from '../../../common/error-message.js';
import type { Device } from './device.js';
import { DeviceList } from './device-list.js';
import { DeviceGone, DriverLost, LibraryMissing } from './errors.js';
import { FaultLog } from './fault-log.js';
import type { Koffi } from './koffi.js';
import { type Nvml, openNvml } from './library.js';
import { OutBuffer } from './out-buffer.js';
import { PcieThroughput } from './pcie-throughput.js';
import { ProcessNames } from './process-names.js';
import { Processes } from './processes.js';
import type { Response } from './response.js';
import { returnCode, VERSION_MISMATCH } from './return-codes.js';
import { CONTROL, monotonicMs, RECORD_LENGTH, type Request, type SampleMemory } from './sample-memory.js';
import { describeUnavailability } from './unavailable.js';
import { XidEvents } from './xid-events.js';

/** Room for every answer that is not a list. */
const OUT_BYTES = 256;
/** Values read between samples are told for so many intervals. */
const INTERVALS = 3;

interface Session {
  readonly nvml: Nvml;
  readonly events: XidEvents;
  readonly list: DeviceList;
}

/** Reads NVML into the shared memory. Blocks for as long as the driver does: for a thread of its own. */
export class NvmlReader {
  readonly #koffi: Koffi;
  readonly #path: string;
  readonly #memory: SampleMemory;
  readonly #out: OutBuffer;
  readonly #names = new ProcessNames();
  readonly #processes: Processes;
  readonly #trouble = new FaultLog();
  #library: Nvml | undefined;
  #session: Session | undefined;
  #pcie = new PcieThroughput();
  /** What the main thread knows: of whom the last records were, and what was told as faults. */
  #told: readonly Device[] | undefined;
  #toldFaults = '';

  constructor(koffi: Koffi, path: string, memory: SampleMemory) {
    this.#koffi = koffi;
    this.#path = path;
    this.#memory = memory;
    this.#out = new OutBuffer(koffi, OUT_BYTES);
    this.#processes = new Processes(koffi, this.#names);
  }

  /** Never throws. */
  answer(request: Request): Response {
    try {
      this.#trouble.faults.length = 0;
      if (request === 'look') return { kind: 'looked', absence: this.#look() };
      return this.#sample(request === 'glance');
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Whether there is something to read between requests. */
  get hasMore(): boolean {
    return this.#session !== undefined && this.#pcie.isDue;
  }

  /** Reads one thing of what there is to read between requests. */
  readMore(): void {
    try {
      if (this.#session !== undefined) this.#pcie.readNext(this.#session.nvml, this.#out);
    } catch (error) {
      // A device that has gone is told by the next sample.
      if (!(error instanceof DeviceGone)) this.#failed(error);
    }
  }

  close(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#pcie = new PcieThroughput();
    session?.events.close();
    session?.nvml.shutdown();
  }

  #look() {
    try {
      const { list } = this.#open();
      list.refresh(performance.now());
      return list.devices.length > 0 ? undefined : describeUnavailability('no device', this.#trouble.faults);
    } catch (error) {
      if (error instanceof DriverLost || error instanceof LibraryMissing)
        return describeUnavailability(error, this.#trouble.faults);
      throw error;
    }
  }

  #sample(glance: boolean): Response {
    const session = this.#open();
    const { list } = session;
    const now = performance.now();
    if (!glance) this.#names.beginSample();
    let read = list.isCurrent(now) ? this.#readDevices(session, glance, now) : [];
    // An answer that was missing may mean that other devices are there by now.
    if (!list.isCurrent(now)) {
      list.refresh(now);
      read = this.#readDevices(session, glance, now);
    }
    if (!glance) {
      this.#readPcie(session, read);
      session.events.drain(this.#memory);
    }
    return this.#tell(read, glance);
  }

  /** Returns whom the records are of. */
  #readDevices({ nvml, list }: Session, glance: boolean, now: number): Device[] {
    const read: Device[] = [];
    const { records, takenAt } = this.#memory;
    for (const device of list.devices) {
      const at = read.length * RECORD_LENGTH;
      try {
        device.read(nvml, this.#out, records, at, { glance, now });
        if (!glance) this.#processes.read(device, nvml, records, at);
        read.push(device);
      } catch (error) {
        if (!(error instanceof DeviceGone)) throw error;
        list.remove(device, error);
      }
    }
    takenAt[0] = monotonicMs();
    return read;
  }

  #readPcie({ nvml }: Session, devices: readonly Device[]): void {
    const paceMs = this.#memory.control[CONTROL.paceMs] as number;
    const now = performance.now();
    if (paceMs === 0) {
      // No other sample is planned.
      this.#pcie.begin(devices);
      while (this.#pcie.isDue) this.#pcie.readNext(nvml, this.#out);
    }
    const since = paceMs === 0 ? now : now - INTERVALS * paceMs;
    devices.forEach((device, i) => {
      this.#pcie.keep(device, since, this.#memory.records, i * RECORD_LENGTH);
    });
    if (paceMs > 0 && !this.#pcie.isDue) this.#pcie.begin(devices);
  }

  #tell(read: Device[], glance: boolean): Response {
    // Devices are asked twice in a sample where there is doubt.
    const faults = new Map(this.#trouble.faults.map((fault) => [fault.detail, fault]));
    const words = [...faults.keys()].join('\n');
    const told = this.#told;
    const same = told?.length === read.length && read.every((device, i) => device === told[i]);
    this.#told = read;
    if (same && words === this.#toldFaults && (glance || !this.#names.changed)) return { kind: 'same' };
    this.#toldFaults = words;
    const devices = read.map(({ identity }) => identity);
    return {
      kind: 'facts',
      facts: { devices, processNames: this.#names.names, faults: [...faults.values()] },
    };
  }

  /** @throws LibraryMissing, DriverLost */
  #open(): Session {
    if (this.#session !== undefined) return this.#session;
    this.#library ??= this.#load();
    const nvml = this.#library;
    const code = nvml.init();
    if (returnCode(code).meaning !== 'done') throw new DriverLost('init', code);
    const events = new XidEvents(nvml, this.#out, this.#trouble);
    const list = new DeviceList(nvml, this.#out, events, this.#trouble);
    this.#session = { nvml, events, list };
    return this.#session;
  }

  #load(): Nvml {
    try {
      return openNvml(this.#koffi, this.#path);
    } catch (error) {
      throw new LibraryMissing(this.#path, error);
    }
  }

  #failed(error: unknown): Response {
    const detail = errorMessage(error);
    if (error instanceof LibraryMissing) return { kind: 'failed', reason: 'not_found', detail };
    this.#told = undefined;
    this.close();
    if (error instanceof DriverLost && error.code === VERSION_MISMATCH) {
      // The library that fits the driver may lie there by now.
      this.#library?.unload();
      this.#library = undefined;
    }
    return { kind: 'failed', reason: 'failed', detail };
  }
}
