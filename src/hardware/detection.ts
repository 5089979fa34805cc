import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import { withTimeout } from '../common/with-timeout.js';
import { detectCpu } from './cpu.js';
import { detectCuda } from './cuda.js';
import type { FamilyDetection } from './family-detection.js';
import type { Host } from './host.js';
import type { Accelerator, CpuInfo, CudaInfo, HardwareInfo, RocmInfo } from './info.js';
import { detectMps } from './mps.js';
import { detectRocm } from './rocm.js';

/** Time after which drivers that do not answer are given up, in time limits: some need a minute to wake up many GPUs. */
const GIVE_UP_AFTER_LIMITS = 6;

/** The hardware of a host as far as it is known. */
export interface Detected {
  readonly info: HardwareInfo;
  /** False if a driver failed or has not answered yet. */
  readonly isComplete: boolean;
}

/** Detects the hardware of a host. Goes on after the time limit of a caller, so that the next one receives more. */
export class Detection {
  /** Settles when every driver has answered or was given up. Never rejects. */
  readonly finished: Promise<Detected>;
  readonly #host: Host;
  readonly #cpu: Promise<CpuInfo>;
  #cuda: FamilyDetection<CudaInfo> = { isComplete: false };
  #rocm: FamilyDetection<RocmInfo> = { isComplete: false };

  /** @param limitMs time limit of the caller that begins the detection, ms */
  constructor(host: Host, limitMs: number) {
    this.#host = host;
    this.#cpu = detectCpu(host, AbortSignal.timeout(limitMs));
    const signal = AbortSignal.timeout(GIVE_UP_AFTER_LIMITS * limitMs);
    this.finished = this.#detect(signal);
  }

  /** Returns the hardware, or what is known of it at the time limit. Never rejects. */
  async within(limitMs: number): Promise<Detected> {
    const finished = await withTimeout(limitMs, this.finished, undefined, { ref: false });
    return finished ?? { info: await this.#info(), isComplete: false };
  }

  async #detect(signal: AbortSignal): Promise<Detected> {
    await Promise.all([
      settled('CUDA', detectCuda(this.#host, signal)).then((cuda) => {
        this.#cuda = cuda;
      }),
      settled('ROCm', detectRocm(this.#host, signal)).then((rocm) => {
        this.#rocm = rocm;
      }),
    ]);
    return { info: await this.#info(), isComplete: this.#cuda.isComplete && this.#rocm.isComplete };
  }

  async #info(): Promise<HardwareInfo> {
    const cpu = await this.#cpu;
    const found = { cuda: this.#cuda.value, mps: detectMps(this.#host, cpu), rocm: this.#rocm.value };
    return { accelerator: best(found), platform: platformOf(this.#host), cpu, ...found };
  }
}

async function settled<T>(
  family: string,
  detection: Promise<FamilyDetection<T>>,
): Promise<FamilyDetection<T>> {
  try {
    return await detection;
  } catch (error) {
    warnOnce(`Detecting ${family} failed: ${errorMessage(error)}`);
    return { isComplete: false };
  }
}

function best({ cuda, mps, rocm }: Pick<HardwareInfo, 'cuda' | 'mps' | 'rocm'>): Accelerator {
  if (cuda !== undefined) return 'cuda';
  if (mps !== undefined) return 'mps';
  return rocm === undefined ? 'cpu' : 'rocm';
}

/** Returns system and machine under their names in `uname`. */
function platformOf({ platform, arch }: Host): string {
  const system = platform === 'win32' ? 'windows' : platform;
  if (arch === 'x64') return `${system}-x86_64`;
  return `${system}-${arch === 'arm64' && platform === 'linux' ? 'aarch64' : arch}`;
}
