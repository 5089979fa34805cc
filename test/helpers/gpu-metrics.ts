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
