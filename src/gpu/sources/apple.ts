import { toMebibytes } from '../../common/units.js';
import { hasSucceeded } from '../../system/exit-status.js';
import { runProgram } from '../../system/run-program.js';
import { type GpuSample, type GpuSource, GpuSourceError, type SourceUnavailable } from '../source.js';
import { parseIoreg } from './apple-ioreg.js';
import { toSourceError } from './to-source-error.js';

const IOREG = '/usr/sbin/ioreg';
// One level deep, in lines of any length: the statistics are a single one.
const ARGUMENTS = ['-r', '-d', '1', '-w', '0', '-c', 'IOAccelerator'];

/**
 * Reads the GPU of a Mac with Apple silicon through `ioreg`, one short process a sample; temperature and power need root
 * on macOS. Memory is the machine's, shared with the CPU: what the GPU uses of it is known, what it could have is not.
 */
export class AppleSource implements GpuSource {
  readonly name = 'apple';
  readonly #executable: string;

  constructor(executable = IOREG) {
    this.#executable = executable;
  }

  async sample(signal: AbortSignal): Promise<GpuSample> {
    signal.throwIfAborted();
    const { status: end, stdout, stderr } = await runProgram(this.#executable, ARGUMENTS, signal);
    signal.throwIfAborted();
    if (!hasSucceeded(end)) throw toSourceError(end, stderr, 'it is part of macOS');
    // A Mac has one such GPU, and PyTorch knows one device.
    const [accelerator] = parseIoreg(stdout);
    if (accelerator === undefined) throw new GpuSourceError('unreadable', 'no accelerator with statistics');
    const { name, gpuPercent, memoryUsedBytes } = accelerator;
    const identity = { device: 'mps', index: 0, vendor: 'apple', name } as const;
    return {
      readings: [{ ...identity, gpuPercent, memoryUsedMib: toMebibytes(memoryUsedBytes) }],
      faults: [],
    };
  }

  async close(): Promise<void> {}
}

/** `undefined` on a Mac with Apple silicon: each has such a GPU. */
export async function appleUnavailable({
  platform,
  arch,
}: {
  readonly platform: string;
  readonly arch: string;
} = process): Promise<SourceUnavailable | undefined> {
  if (platform === 'darwin' && arch === 'arm64') return undefined;
  return {
    reason: `${platform} on ${arch} has no GPU of Apple`,
    remedy: 'only Macs with Apple silicon have one; run a Node built for arm64 there',
  };
}
