// Drivers return garbage such as 4294967295 for a value that they do not have. The limits leave room for the hardware of years to come.
export const PERCENT = [0, 100] as const;
/** The percentage refers to a noise limit, which the driver may exceed. */
export const FAN_PERCENT = [0, 200] as const;
/** Up to 16 TiB. */
export const MEMORY = [0, 16 * 2 ** 20] as const;
export const CELSIUS = [-40, 150] as const;
export const WATTS = [0, 10_000] as const;
/** Up to 10 kW for ten years. */
export const JOULES = [0, 3.2e12] as const;
export const MEGAHERTZ = [0, 30_000] as const;
/** Excludes 4294967295 kB/s. Links between GPUs are faster than PCIe. */
export const BYTES_PER_SECOND = [0, 1e12] as const;
export const LINK_BYTES_PER_SECOND = [0, 1e13] as const;
/** Up to 10 TB/s for ten years. */
export const BYTES = [0, 3.2e21] as const;
/** Up to ten years. */
export const SECONDS = [0, 3.2e8] as const;
/** Excludes 4294967295. */
export const COUNT = [0, 4e9] as const;
export const FLAG = [0, 1] as const;
export const LINK_GENERATION = [1, 16] as const;
export const LANES = [1, 64] as const;

/** Largest power that a device can draw, W. */
export const MAX_WATTS = WATTS[1];
