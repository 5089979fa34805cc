import { execute } from '../bus/bus.js';
import { RefOnAwait } from '../common/ref-on-await.js';
import { type GpuSourceOptions, resolveSourceOptions } from '../gpu/profiler-options.js';
import { endSpan, startSpan } from '../spans/span.js';
import { type Detected, Detection } from './detection.js';
import { type Host, thisHost } from './host.js';
import type { HardwareInfo } from './info.js';

/** Options of {@link detectHardware}: those of {@link GPUProfiler} that apply to its sources, with the same environment variables. */
export interface DetectHardwareOptions extends GpuSourceOptions {}

const CACHE_KEY = { key: 'hardware_info' };

let cached: Promise<HardwareInfo> | undefined;
/** A detection that has passed the time limit of the caller that began it. */
let running: Detection | undefined;

/**
 * Detects the devices that this host has to compute with, with the sources that a {@link GPUProfiler} samples: once, within the time limit
 * and without blocking the event loop. The result is cached until {@link clearHardwareCache}, unless a driver failed or did not answer in
 * time: the next call then detects again, or receives what a slow driver has answered meanwhile. What cannot be detected is absent.
 *
 * Detection keeps the process alive only while the result is awaited.
 *
 * @param options see {@link DetectHardwareOptions}; they do not apply to a cached result
 * @throws ConfigurationError for an invalid option or environment variable
 */
export function detectHardware(options: DetectHardwareOptions = {}): Promise<HardwareInfo> {
  if (cached !== undefined) {
    execute('snakepit.hardware.cache.hit', {}, CACHE_KEY);
    return cached;
  }
  execute('snakepit.hardware.cache.miss', {}, CACHE_KEY);
  const result: Promise<HardwareInfo> = RefOnAwait.of(detectThisHost(options, () => cached === result));
  cached = result;
  return result;
}

/** Clears the cache of {@link detectHardware}, such as after a driver was loaded or to read free memory again. */
export function clearHardwareCache(): void {
  cached = undefined;
  running = undefined;
}

/** @param isCached returns true while the cache has the result of this call */
async function detectThisHost(
  options: DetectHardwareOptions,
  isCached: () => boolean,
): Promise<HardwareInfo> {
  const reference = startSpan('snakepit.hardware.detect');
  const { info, isComplete } = await runDetection(options).catch((error: unknown) => {
    if (isCached()) cached = undefined;
    endSpan(reference, {});
    throw error;
  });
  if (!isComplete && isCached()) cached = undefined;
  endSpan(reference, { accelerator: info.accelerator, platform: info.platform });
  return info;
}

/** Begins a detection, or joins one that has passed the time limit of an earlier call. */
async function runDetection(options: DetectHardwareOptions): Promise<Detected> {
  const { timeoutMs, ...gpu } = resolveSourceOptions('detectHardware()', options);
  if (running === undefined) {
    const detection = new Detection(thisHost(gpu), timeoutMs);
    running = detection;
    void detection.finished.then(({ info, isComplete }) => {
      if (running !== detection) return;
      running = undefined;
      // The answer of a slow driver corrects what was detected before it.
      if (isComplete && cached === undefined) cached = Promise.resolve(info);
    });
  }
  return running.within(timeoutMs);
}

/** Detects the hardware of a host, without cache or events. */
export const detect = async (host: Host, limitMs: number): Promise<HardwareInfo> =>
  (await new Detection(host, limitMs).within(limitMs)).info;
