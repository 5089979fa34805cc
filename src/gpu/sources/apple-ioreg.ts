/** Begins the block of an accelerator. */
const BLOCK = /^\+-o /m;
const MAX_NAME_CHARACTERS = 128;

/** An accelerator as ioreg reports it. */
export interface AppleAccelerator {
  readonly name?: string;
  readonly gpuPercent?: number;
  readonly memoryUsedBytes?: number;
}

/**
 * Parses the output of `ioreg -r -d 1 -w 0 -c IOAccelerator`: one block per accelerator, one property per line, all
 * statistics in one line. Skips accelerators without statistics.
 */
export function parseIoreg(output: string): AppleAccelerator[] {
  return output.split(BLOCK).slice(1).flatMap(parseBlock);
}

function parseBlock(block: string): AppleAccelerator[] {
  const statistics = /^ *"PerformanceStatistics" = \{(.*)\}$/m.exec(block)?.[1];
  if (statistics === undefined) return [];
  const values = new Map(
    [...statistics.matchAll(/"([^"]*)"=(\d{1,15})(?=,|$)/g)].map(([, key, value]) => [key, Number(value)]),
  );
  const percent = values.get('Device Utilization %');
  return [
    {
      name: /^ *"model" = "([^"]+)"$/m.exec(block)?.[1]?.slice(0, MAX_NAME_CHARACTERS),
      gpuPercent: percent !== undefined && percent <= 100 ? percent : undefined,
      // Not "Alloc system memory": that is address space, which may exceed the machine's memory.
      memoryUsedBytes: values.get('In use system memory'),
    },
  ];
}
