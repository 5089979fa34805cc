const MEBIBYTE = 1_048_576;

/** Bytes in MiB, the unit of readings. */
export const mebibytes = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : Math.round(bytes / MEBIBYTE);
