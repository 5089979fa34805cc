import { execute } from '../bus/bus.js';
import { errorMessage } from '../common/error-message.js';
import { RefOnAwait } from '../common/ref-on-await.js';
import { warnOnce } from '../common/warn-once.js';
import { endSpan, startSpan } from '../spans/span.js';
import { detectCpu } from './cpu.js';
import { detectCuda } from './cuda.js';
import { type Host, thisHost } from './host.js';
import type { Accelerator, HardwareInfo } from './info.js';
import { detectMps } from './mps.js';
import { detectRocm } from './rocm.js';

/** Time limit of detection, ms. Tools hang at times; what they would have reported is absent then. */
const LIMIT_MS = 10_000;
const CACHE_KEY = { key: 'hardware_info' };

let cached: Promise<HardwareInfo> | undefined;

/**
 * Detects the devices that this host has to compute with: once, within ten seconds and without blocking the event loop. The
 * result is cached until {@link clearHardwareCache}. Never rejects: what cannot be detected is absent.
 *
 * Detection keeps the process alive only while the result is awaited.
 */
export function detectHardware(): Promise<HardwareInfo> {
  if (cached !== undefined) {
    execute('snakepit.hardware.cache.hit', {}, CACHE_KEY);
    return cached;
  }
  execute('snakepit.hardware.cache.miss', {}, CACHE_KEY);
  cached = RefOnAwait.of(detectThisHost());
  return cached;
}

/** Clears the cache of {@link detectHardware}, such as after a driver was loaded or to read free memory again. */
export function clearHardwareCache(): void {
  cached = undefined;
}

async function detectThisHost(): Promise<HardwareInfo> {
  const reference = startSpan('snakepit.hardware.detect');
  const info = await detect(thisHost());
  endSpan(reference, { accelerator: info.accelerator, platform: info.platform });
  return info;
}

/** Detects the hardware of a host, without cache or events. */
export async function detect(host: Host, limitMs = LIMIT_MS): Promise<HardwareInfo> {
  const signal = AbortSignal.timeout(limitMs);
  const [cpu, cuda, rocm] = await Promise.all([
    detectCpu(host, signal),
    undefinedOnError('CUDA', detectCuda(host, signal)),
    undefinedOnError('ROCm', detectRocm(host, signal)),
  ]);
  const found = { cuda, mps: detectMps(host, cpu), rocm };
  return { accelerator: best(found), platform: platformOf(host), cpu, ...found };
}

async function undefinedOnError<T>(family: string, detection: Promise<T>): Promise<T | undefined> {
  try {
    return await detection;
  } catch (error) {
    warnOnce(`Detecting ${family} failed: ${errorMessage(error)}`);
    return undefined;
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
