import { errorMessage } from '../../../common/error-message.js';
import type { Device } from './device.js';
import { isNvmlError } from './errors.js';
import { FaultLog } from './fault-log.js';
import { FIELDS_BYTES } from './fields.js';
import type { Koffi } from './koffi.js';
import { OutBuffer } from './out-buffer.js';
import { ProcessNames } from './process-names.js';
import { Processes } from './processes.js';
import type { Response } from './response.js';
import { CONTROL, monotonicMs, RECORD_LENGTH, type Request, type SampleMemory } from './sample-memory.js';
import { SentMetadata } from './sent-metadata.js';
import { type Session, SessionManager } from './session.js';
import { describeUnavailability } from './unavailable.js';

/** Size of the buffer for output parameters, bytes. Lists of processes have buffers of their own. */
const OUT_BYTES = Math.max(256, FIELDS_BYTES);
/** How long a stop of the thread may go unnoticed during a pause, ms. */
const PAUSE_SLICE_MS = 10;
/** Maximum age of a value that was read between samples, in sampling intervals. */
const MAX_AGE_INTERVALS = 3;

/** Reads NVML into shared memory. Blocks for as long as the driver does, so it needs a thread of its own. */
export class NvmlReader {
  readonly #memory: SampleMemory;
  readonly #out: OutBuffer;
  readonly #sessions: SessionManager;
  readonly #faultLog = new FaultLog();
  readonly #names = new ProcessNames();
  readonly #processes: Processes;
  readonly #sent = new SentMetadata();

  /** @param path path or name of the driver's library */
  constructor(koffi: Koffi, path: string, memory: SampleMemory) {
    this.#memory = memory;
    this.#out = new OutBuffer(koffi, OUT_BYTES);
    this.#sessions = new SessionManager(koffi, path, this.#out, this.#faultLog);
    this.#processes = new Processes(koffi, this.#names);
  }

  /** Handles a request. Never throws. */
  handle(request: Request): Response {
    try {
      this.#faultLog.faults.length = 0;
      if (request === 'probe') return { kind: 'probed', unavailable: this.#probe() };
      return this.#sample(request === 'sampleFast');
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** True if there are values to read between requests. */
  get hasPending(): boolean {
    return this.#sessions.current?.slowReadings.hasNext ?? false;
  }

  /** Reads one of the values that are read between requests. */
  readPending(): void {
    const session = this.#sessions.current;
    if (session === undefined) return;
    try {
      this.#readNext(session);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Shuts NVML down. */
  close(): void {
    this.#sessions.close();
  }

  #probe() {
    try {
      const { deviceList } = this.#sessions.open();
      deviceList.refresh(performance.now());
      if (deviceList.devices.length > 0) return undefined;
      return describeUnavailability('no device', this.#faultLog.faults);
    } catch (error) {
      if (
        isNvmlError(error, 'SNAKEPIT_NVML_DRIVER_LOST') ||
        isNvmlError(error, 'SNAKEPIT_NVML_LIBRARY_NOT_FOUND')
      ) {
        return describeUnavailability(error, this.#faultLog.faults);
      }
      throw error;
    }
  }

  #sample(isFast: boolean): Response {
    const session = this.#sessions.open();
    const { deviceList, xidEvents } = session;
    const now = performance.now();
    if (!isFast) this.#names.beginSample();
    let read = deviceList.isCurrent(now) ? this.#readDevices(session, isFast, now) : [];
    // A query that failed may mean that the devices have changed.
    if (!deviceList.isCurrent(now)) {
      deviceList.refresh(now);
      read = this.#readDevices(session, isFast, now);
    }
    if (!isFast) {
      this.#readSlow(session, read);
      xidEvents.drain(this.#memory);
    }
    return this.#sent.respond(read, this.#faultLog.faults, this.#names, isFast);
  }

  /** Reads all devices and returns those that have a record, in the order of the records. */
  #readDevices({ nvml, deviceList }: Session, isFast: boolean, now: number): Device[] {
    const read: Device[] = [];
    const { records, sampledAt } = this.#memory;
    for (const device of deviceList.devices) {
      const offset = read.length * RECORD_LENGTH;
      try {
        device.read(nvml, this.#out, records, offset, { isFast, now });
        if (!isFast) this.#processes.read(device, nvml, records, offset, now);
        read.push(device);
      } catch (error) {
        if (!isNvmlError(error, 'SNAKEPIT_NVML_DEVICE_UNAVAILABLE')) throw error;
        deviceList.exclude(device, error);
      }
    }
    sampledAt[0] = monotonicMs();
    return read;
  }

  /** Waits, unless the thread is asked to stop. */
  #pause(ms: number): void {
    const { control } = this.#memory;
    const end = performance.now() + ms;
    for (;;) {
      const left = end - performance.now();
      if (left <= 0 || Atomics.load(control, CONTROL.stop) !== 0) return;
      // The one who stops the thread does not notify this word.
      Atomics.wait(control, CONTROL.stop, 0, Math.min(left, PAUSE_SLICE_MS));
    }
  }

  /** Reads the next of the slow values. The loss of a device is reported by the next sample. */
  #readNext({ nvml, slowReadings }: Session): void {
    try {
      slowReadings.readNext(nvml, this.#out);
    } catch (error) {
      if (!isNvmlError(error, 'SNAKEPIT_NVML_DEVICE_UNAVAILABLE')) throw error;
    }
  }

  #readSlow(session: Session, devices: readonly Device[]): void {
    const { nvml, slowReadings } = session;
    const intervalMs = this.#memory.control[CONTROL.samplingIntervalMs] as number;
    const now = performance.now();
    if (intervalMs === 0) {
      // On demand, there may be no next sample that could use values read after this one.
      slowReadings.start(devices, nvml);
      while (slowReadings.hasNext) this.#readNext(session);
      const activityInMs = slowReadings.firstActivityInMs;
      if (activityInMs !== undefined) {
        this.#pause(activityInMs);
        slowReadings.startActivity();
        while (slowReadings.hasNext) this.#readNext(session);
      }
    }
    const since = now - MAX_AGE_INTERVALS * intervalMs;
    devices.forEach((device, i) => {
      slowReadings.store(device, since, this.#memory.records, i * RECORD_LENGTH);
    });
    if (intervalMs > 0 && !slowReadings.hasNext) slowReadings.start(devices, nvml);
  }

  #fail(error: unknown): Response {
    const detail = errorMessage(error);
    if (isNvmlError(error, 'SNAKEPIT_NVML_LIBRARY_NOT_FOUND')) {
      return { kind: 'failed', reason: 'not_found', detail };
    }
    this.#sent.reset();
    this.#sessions.closeAfter(error);
    return { kind: 'failed', reason: 'failed', detail };
  }
}
