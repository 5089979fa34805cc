import { totalmem } from 'node:os';
import { toMebibytes } from '../../common/units.js';
import { hasSucceeded } from '../../system/exit-status.js';
import { runProgram } from '../../system/run-program.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../source.js';
import { parseIoreg } from './apple-ioreg.js';
import { toSourceError } from './to-source-error.js';

const IOREG = '/usr/sbin/ioreg';
// One level deep, without a line length limit: the statistics are a single line.
const ARGUMENTS = ['-r', '-d', '1', '-w', '0', '-c', 'IOAccelerator'];

/**
 * Reads the GPU of a Mac with Apple silicon with `ioreg`, one short process per sample. Temperature and power need root on
 * macOS. Memory is shared with the CPU: the total is the machine's.
 */
export class AppleSource implements GpuSource {
  readonly name = 'apple';
  readonly #executable: string;

  constructor(executable = IOREG) {
    this.#executable = executable;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    const { status, stdout, stderr } = await runProgram(this.#executable, ARGUMENTS, signal);
    signal.throwIfAborted();
    if (!hasSucceeded(status)) throw toSourceError(status, stderr, 'it is part of macOS');
    // A Mac has one such GPU, and PyTorch has one device for it.
    const [accelerator] = parseIoreg(stdout);
    if (accelerator === undefined) throw new GpuSourceError('unreadable', 'no accelerator with statistics');
    const { name, gpuPercent, memoryUsedBytes } = accelerator;
    const identity = { device: 'mps', index: 0, vendor: 'apple', name } as const;
    return {
      readings: [
        {
          ...identity,
          gpuPercent,
          memoryUsedMib: toMebibytes(memoryUsedBytes),
          memoryTotalMib: toMebibytes(totalmem()),
          unifiedMemory: 1,
        },
      ],
      faults: [],
    };
  }

  async close(): Promise<void> {}
}

/** Returns `undefined` on a Mac with Apple silicon: every such Mac has a GPU. */
export async function appleUnavailable({
  platform,
  arch,
}: {
  readonly platform: string;
  readonly arch: string;
} = process): Promise<SourceUnavailable | undefined> {
  if (platform === 'darwin' && arch === 'arm64') return undefined;
  return {
    reason: `${platform} on ${arch} has no Apple GPU`,
    remedy: 'only Macs with Apple silicon have one; they need a Node build for arm64',
  };
}
