/** A value of a `struct gpu_metrics`, at its offset. */
export interface MetricsField {
  readonly offset: number;
  readonly value: number | bigint;
  /** Size of the value in the struct. */
  readonly type: 'u16' | 'u32' | 'u64';
}

export const u16 = (offset: number, value: number): MetricsField => ({ offset, value, type: 'u16' });
export const u32 = (offset: number, value: number): MetricsField => ({ offset, value, type: 'u32' });
export const u64 = (offset: number, value: bigint): MetricsField => ({ offset, value, type: 'u64' });

/** Returns the content of `gpu_metrics`: as the driver does, with all bits set in each value that the card does not have. */
export function gpuMetrics(version: string, size: number, ...fields: readonly MetricsField[]): Uint8Array {
  const bytes = new Uint8Array(size).fill(0xff);
  const view = new DataView(bytes.buffer);
  const [format = 0, content = 0] = version.split('.').map(Number);
  view.setUint16(0, size, true);
  view.setUint8(2, format);
  view.setUint8(3, content);
  for (const { offset, value, type } of fields) {
    if (type === 'u16') view.setUint16(offset, Number(value), true);
    else if (type === 'u32') view.setUint32(offset, Number(value), true);
    else view.setBigUint64(offset, BigInt(value), true);
  }
  return bytes;
}

const BYTES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;
const TYPES = { u8: 0, u16: 2, u32: 4, u64: 6 } as const;

/** Returns version 1.9 of `gpu_metrics`: values by their number, packed. */
export function gpuMetricsList(
  ...attributes: readonly (readonly [id: number, type: keyof typeof BYTES, ...values: (number | bigint)[]])[]
): Uint8Array {
  const size = 8 + attributes.reduce((sum, [, type, ...values]) => sum + 8 + BYTES[type] * values.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, size, true);
  bytes.set([1, 9], 2);
  view.setUint32(4, attributes.length, true);
  let at = 8;
  for (const [id, type, ...values] of attributes) {
    const unit = 5n;
    view.setBigUint64(at, (unit << 24n) | BigInt((TYPES[type] << 20) | (id << 10) | values.length), true);
    at += 8;
    for (const value of values) {
      for (let i = 0; i < BYTES[type]; i++) bytes[at + i] = Number((BigInt(value) >> BigInt(8 * i)) & 0xffn);
      at += BYTES[type];
    }
  }
  return bytes;
}
