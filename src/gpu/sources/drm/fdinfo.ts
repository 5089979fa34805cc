/** How long the engines of one kind have worked for a client. */
export interface EngineUse {
  /** Time in ns, or cycles if there is a total. */
  readonly busy: number;
  /** Cycles that have passed. @default the time is measured */
  readonly total?: number;
  /** Number of engines of this kind. */
  readonly capacity: number;
}

/** A client of a graphics card: an open device file. */
export interface DrmClient {
  /** PCI address of the card; absent for a partition of one, which is not on the bus. */
  readonly pciAddress?: string;
  /** Number of the client, unique for its card. */
  readonly id: string;
  /** Memory that the client holds, bytes by region such as `vram`. */
  readonly memory: ReadonlyMap<string, number>;
  /** Use of the engines by kind, such as `gfx` or `render`. */
  readonly engines: ReadonlyMap<string, EngineUse>;
}

/** Largest numbers of regions and kinds of engines that are read. */
const MAX_ENTRIES = 64;
const PREFIX = 'drm-';
const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const AMOUNT = /^(\d+)(?: (KiB|MiB|GiB))?$/;
const COUNT = /^(\d+)(?: ns)?$/;

/**
 * Parses `/proc/PID/fdinfo/FD` of a device file of a graphics card; `undefined` for other files.
 * Format: https://docs.kernel.org/gpu/drm-usage-stats.html
 */
export function parseFdinfo(text: string): DrmClient | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && line.startsWith(PREFIX))
      values.set(line.slice(PREFIX.length, colon).trim(), line.slice(colon + 1).trim());
  }
  const id = values.get('client-id');
  if (id === undefined || !COUNT.test(id)) return undefined;
  return {
    pciAddress: values.get('pdev')?.toLowerCase(),
    id,
    memory: parseMemory(values),
    engines: parseEngines(values),
  };
}

/** `drm-memory-` is the older name of `drm-resident-`. Kernels that have both print the same amount twice. */
function parseMemory(values: ReadonlyMap<string, string>): Map<string, number> {
  const memory = new Map<string, number>();
  for (const prefix of ['memory-', 'resident-'])
    for (const [region, value] of entriesOf(values, prefix)) {
      const [, amount, unit = ''] = AMOUNT.exec(value) ?? [];
      if (amount !== undefined) memory.set(region, Number(amount) * (UNITS[unit] as number));
    }
  return memory;
}

function parseEngines(values: ReadonlyMap<string, string>): Map<string, EngineUse> {
  const engines = new Map<string, EngineUse>();
  const capacityOf = (kind: string) => toCount(values.get(`engine-capacity-${kind}`)) || 1;
  for (const [kind, value] of entriesOf(values, 'engine-')) {
    const busy = kind.startsWith('capacity-') ? undefined : toCount(value);
    if (busy !== undefined) engines.set(kind, { busy, capacity: capacityOf(kind) });
  }
  for (const [kind, value] of entriesOf(values, 'cycles-')) {
    const [busy, total] = [toCount(value), toCount(values.get(`total-cycles-${kind}`))];
    // A driver that has the time as well counts cycles of an engine without a total.
    if (busy !== undefined && total !== undefined)
      engines.set(kind, { busy, total, capacity: capacityOf(kind) });
  }
  return engines;
}

function* entriesOf(values: ReadonlyMap<string, string>, prefix: string): Generator<[string, string]> {
  let count = 0;
  for (const [key, value] of values) {
    if (!key.startsWith(prefix)) continue;
    if (++count > MAX_ENTRIES) return;
    yield [key.slice(prefix.length), value];
  }
}

function toCount(text: string | undefined): number | undefined {
  const [, count] = COUNT.exec(text ?? '') ?? [];
  return count === undefined ? undefined : Number(count);
}
