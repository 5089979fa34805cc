import { DeviceList } from './device-list.js';
import { DriverLostError, isNvmlError, LibraryNotFoundError } from './errors.js';
import type { FaultLog } from './fault-log.js';
import { Gpm } from './gpm.js';
import type { Koffi } from './koffi.js';
import { type Nvml, openNvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { returnCode, VERSION_MISMATCH } from './return-codes.js';
import { SlowReadings } from './slow-readings.js';
import { XidEvents } from './xid-events.js';

/** NVML from its initialization to its shutdown. */
export interface Session {
  readonly nvml: Nvml;
  readonly deviceList: DeviceList;
  readonly xidEvents: XidEvents;
  readonly slowReadings: SlowReadings;
}

/** Initializes NVML when it is first needed, and again after it was closed. */
export class SessionManager {
  readonly #koffi: Koffi;
  readonly #path: string;
  readonly #out: OutBuffer;
  readonly #faultLog: FaultLog;
  #library: Nvml | undefined;
  #session: Session | undefined;

  /** @param path path or name of the driver's library */
  constructor(koffi: Koffi, path: string, out: OutBuffer, faultLog: FaultLog) {
    this.#koffi = koffi;
    this.#path = path;
    this.#out = out;
    this.#faultLog = faultLog;
  }

  /** The open session, if any. */
  get current(): Session | undefined {
    return this.#session;
  }

  /**
   * Returns the open session, or opens one.
   *
   * @throws LibraryNotFoundError
   * @throws DriverLostError
   */
  open(): Session {
    if (this.#session !== undefined) return this.#session;
    this.#library ??= this.#load();
    const nvml = this.#library;
    const code = nvml.init();
    if (returnCode(code).outcome !== 'success') throw new DriverLostError('init', code);
    const xidEvents = new XidEvents(nvml, this.#out, this.#faultLog);
    const deviceList = new DeviceList(nvml, this.#out, xidEvents, this.#faultLog);
    const slowReadings = new SlowReadings(new Gpm(this.#koffi));
    this.#session = { nvml, deviceList, xidEvents, slowReadings };
    return this.#session;
  }

  /** Shuts NVML down. */
  close(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    session.xidEvents.close();
    session.slowReadings.close(session.nvml);
    session.nvml.shutdown();
  }

  /** Closes the session after an error, so that the next request initializes NVML again. */
  closeAfter(error: unknown): void {
    this.close();
    if (isNvmlError(error, 'SNAKEPIT_NVML_DRIVER_LOST') && error.nvmlCode === VERSION_MISMATCH) {
      // The file may be the library of the updated driver by now.
      this.#library?.unload();
      this.#library = undefined;
    }
  }

  #load(): Nvml {
    try {
      return openNvml(this.#koffi, this.#path);
    } catch (error) {
      throw new LibraryNotFoundError(this.#path, error);
    }
  }
}
