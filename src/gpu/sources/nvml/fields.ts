import { MEBIBYTE } from '../../../common/units.js';
import type { GpuNumericReadings } from '../../readings.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { INVALID_ARGUMENT, NOT_SUPPORTED, returnCode, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET } from './sample-memory.js';

type ReadingKey = keyof GpuNumericReadings;

/** A field of `nvmlDeviceGetFieldValues` that supplies a reading. */
export interface FieldSource {
  /** `NVML_FI_…` of nvml.h. */
  readonly id: number;
  /** Part of the GPU: `ALL_LINKS`, or `links` for the sum over all links. @default 0 */
  readonly scope?: number | 'links';
  /** Factor to the unit of the reading. @default 1 */
  readonly scale?: number;
  /** True for a counter that starts again at 0 at times. @default false */
  readonly wraps?: boolean;
}

/** Selects the aggregate over all NVLinks: `UINT_MAX`. */
const ALL_LINKS = 0xffff_ffff;
const MAX_LINKS = 36;
const KIBIBYTE = MEBIBYTE / 1024;
const NANOSECOND = 1e-9;

const throttled = (id: number): readonly FieldSource[] => [{ id, scale: NANOSECOND }];
const linkBytes = (data: number, bytes: number): readonly FieldSource[] => [
  { id: data, scope: ALL_LINKS, scale: KIBIBYTE },
  // NVLink 5, which nvml.h documents for single links.
  { id: bytes, scope: ALL_LINKS },
  { id: bytes, scope: 'links' },
];

/** The fields of each reading, best first. The number of links comes before the sums over links. */
export const FIELD_SOURCES: Readonly<Partial<Record<ReadingKey, readonly FieldSource[]>>> = {
  memoryCelsius: [{ id: 82 }],
  pcieTransmitBytes: [{ id: 197, wraps: true }],
  pcieReceiveBytes: [{ id: 198, wraps: true }],
  pcieCorrectableErrors: [{ id: 173 }],
  pcieNonFatalErrors: [{ id: 179 }],
  pcieFatalErrors: [{ id: 180 }],
  nvlinkLinks: [{ id: 91 }],
  nvlinkTransmitBytes: linkBytes(138, 202),
  nvlinkReceiveBytes: linkBytes(139, 204),
  nvlinkCrcFlitErrors: [{ id: 38 }],
  nvlinkCrcDataErrors: [{ id: 45 }],
  nvlinkReplayErrors: [{ id: 52 }],
  nvlinkRecoveryErrors: [{ id: 59 }, { id: 215, scope: 'links' }],
  nvlinkFailedRecoveries: [{ id: 214, scope: 'links' }],
  nvlinkEccErrors: [{ id: 160 }],
  nvlinkReceiveErrors: [{ id: 208, scope: 'links' }],
  nvlinkIntegrityErrors: [{ id: 211, scope: 'links' }],
  powerThrottledSeconds: throttled(74),
  thermalThrottledSeconds: throttled(75),
  syncBoostThrottledSeconds: throttled(76),
  boardLimitThrottledSeconds: throttled(77),
  lowUtilizationThrottledSeconds: throttled(78),
  reliabilityThrottledSeconds: throttled(79),
  swThermalThrottledSeconds: throttled(269),
  hwThermalThrottledSeconds: throttled(270),
  powerBrakeThrottledSeconds: throttled(271),
  retiredSingleBitPages: [{ id: 29 }],
  retiredDoubleBitPages: [{ id: 30 }],
  retiredPagesPending: [{ id: 31 }],
  remappedCorrectedRows: [{ id: 142 }],
  remappedUncorrectedRows: [{ id: 143 }],
  remappedRowsPending: [{ id: 144 }],
  remappedRowsFailed: [{ id: 145 }],
  recoveryAction: [{ id: 230 }],
};

/** Words of an `nvmlFieldValue_t`, and those of its members. */
const ITEM_WORDS = 10;
const WORD = { fieldId: 0, scopeId: 1, valueType: 6, nvmlReturn: 7, value: 8 } as const;
const ENTRIES = Object.entries(FIELD_SOURCES) as [ReadingKey, readonly FieldSource[]][];
/** Size of a buffer for all fields, with every link of those that are summed up, bytes. */
export const FIELDS_BYTES = 4 * ITEM_WORDS * ENTRIES.length * MAX_LINKS;

/** Reports that a field could not be read, although the device may support it. */
type OnFailure = (fieldId: number, code: number) => void;

/** The fields of one device. A field that the device does not support is not requested again. */
export class FieldValues {
  #fields: readonly Field[] = ENTRIES.map(([key, sources]) => new Field(key, sources));
  #linkCount = 0;

  /** Reads all fields with one call, and again if a field has a substitute. Returns NVML's return code. */
  read(nvml: Nvml, handle: number | bigint, out: OutBuffer, onFailure: OnFailure): number {
    while (this.#fields.length > 0) {
      const code = nvml.fieldValues(handle, this.#request(out), out.address);
      // If no field could be read, the call fails as well.
      const isPerField = code === SUCCESS || code === NOT_SUPPORTED || code === INVALID_ARGUMENT;
      if (!isPerField) return code;
      if (this.#take(out, onFailure)) return SUCCESS;
    }
    return NOT_SUPPORTED;
  }

  /** Stores the values of the last call in a record. */
  store(record: Float64Array, offset: number): void {
    for (const { offset: at, value } of this.#fields) record[offset + at] = value;
  }

  /** Writes the requests. Returns their number. */
  #request({ words }: OutBuffer): number {
    let item = 0;
    for (const field of this.#fields) {
      const { id, scope = 0 } = field.source;
      const count = scope === 'links' ? this.#linkCount : 1;
      field.items = count;
      for (let i = 0; i < count; i++, item++) {
        const at = item * ITEM_WORDS;
        words[at + WORD.fieldId] = id;
        words[at + WORD.scopeId] = scope === 'links' ? i : scope;
        words[at + WORD.nvmlReturn] = NOT_SUPPORTED;
      }
    }
    return item;
  }

  /** Takes the values. Returns true if there is nothing else to request. */
  #take(out: OutBuffer, onFailure: OnFailure): boolean {
    let item = 0;
    let isComplete = true;
    let hasDropped = false;
    for (const field of this.#fields) {
      // Their number was not known yet.
      if (field.source.scope === 'links' && field.items === 0 && this.#linkCount > 0) {
        isComplete = false;
        continue;
      }
      const isSupported = field.take(out, item, onFailure);
      item += field.items;
      if (field.key === 'nvlinkLinks' && field.value > 0) this.#linkCount = Math.min(field.value, MAX_LINKS);
      if (isSupported) continue;
      if (field.useNextSource()) isComplete = false;
      else hasDropped = true;
    }
    if (hasDropped) this.#fields = this.#fields.filter(({ isDropped }) => !isDropped);
    return isComplete && this.#fields.length > 0;
  }
}

/** A reading, and the field that it is read from. */
class Field {
  /** Place of the reading in a record. */
  readonly offset: number;
  /** Value in the unit of the reading; NaN if there is none. */
  value = Number.NaN;
  /** Number of requested items. */
  items = 0;
  isDropped = false;
  readonly #sources: readonly FieldSource[];
  #sourceIndex = 0;
  /** Last value of a counter that wraps. */
  #last: number | undefined;
  /** Its running total. */
  #total = 0;

  constructor(
    readonly key: ReadingKey,
    sources: readonly FieldSource[],
  ) {
    this.offset = FIELD_OFFSET[key];
    this.#sources = sources;
  }

  get source(): FieldSource {
    return this.#sources[this.#sourceIndex] as FieldSource;
  }

  /** Returns false if there is no other source. */
  useNextSource(): boolean {
    this.#sourceIndex++;
    this.isDropped = this.#sourceIndex >= this.#sources.length;
    return !this.isDropped;
  }

  /** Takes the value from the items of the field. Returns false if the device does not support it. */
  take(out: OutBuffer, firstItem: number, onFailure: OnFailure): boolean {
    let sum = 0;
    let supported = 0;
    for (let i = 0; i < this.items; i++) {
      const at = (firstItem + i) * ITEM_WORDS;
      const code = out.words[at + WORD.nvmlReturn] as number;
      const { outcome } = returnCode(code);
      if (outcome === 'permission_denied') onFailure(this.source.id, code);
      if (code === INVALID_ARGUMENT || outcome === 'unsupported' || outcome === 'permission_denied') continue;
      supported++;
      if (outcome !== 'success') {
        sum = Number.NaN;
        if (outcome !== 'no_data') onFailure(this.source.id, code);
      } else sum += decode(out, at);
    }
    const { scale = 1, wraps = false } = this.source;
    this.value = supported === 0 ? Number.NaN : (wraps ? this.#unwrap(sum, out, firstItem) : sum) * scale;
    return supported > 0;
  }

  /** Continues a counter that started again. Its first value is where it stood. */
  #unwrap(raw: number, { words }: OutBuffer, item: number): number {
    if (Number.isNaN(raw)) return raw;
    const last = this.#last;
    this.#last = raw;
    if (last === undefined) this.#total = raw;
    else if (raw >= last) this.#total += raw - last;
    // Beyond 32 bits, it was reset: it has not had the time to wrap.
    else this.#total += words[item * ITEM_WORDS + WORD.valueType] === TYPE.u32 ? raw - last + 2 ** 32 : raw;
    return this.#total;
  }
}

/** `nvmlValueType_t`. */
const TYPE = { f64: 0, u32: 1, unsignedLong: 2, u64: 3, i64: 4, i32: 5, u16: 6 } as const;

/** Returns the value of an item as a number; NaN if it is not available, or of an unknown type. */
function decode(out: OutBuffer, item: number): number {
  const at = item + WORD.value;
  const word = out.words[at] as number;
  switch (out.words[item + WORD.valueType]) {
    case TYPE.f64:
      return out.f64(at);
    case TYPE.u32:
      return word;
    case TYPE.unsignedLong:
      return process.platform === 'win32' ? word : out.u64OrNaN(at);
    case TYPE.u64:
    case TYPE.i64:
      return out.u64OrNaN(at);
    case TYPE.i32:
      return word | 0;
    case TYPE.u16:
      return word & 0xffff;
    default:
      return Number.NaN;
  }
}
