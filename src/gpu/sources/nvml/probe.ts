import { withTimeout } from '../../../common/with-timeout.js';
import type { SourceUnavailable } from '../../source.js';
import { LibraryNotFoundError } from './errors.js';
import { findKoffi, type Koffi } from './koffi.js';
import { DEFAULT_LIBRARY } from './library.js';
import { NvmlSource } from './nvml-source.js';
import {
  CHECK_KERNEL_LOG,
  describeUnavailability,
  isWsl,
  KOFFI_MISSING,
  UNSAFE_ON_WSL,
} from './unavailable.js';

/** Time limit of a probe, ms. The first call wakes the GPUs up, which takes a second or two each. */
const PROBE_TIMEOUT_MS = 30_000;
const NO_RESPONSE: SourceUnavailable = {
  reason: `the NVIDIA driver does not respond within ${PROBE_TIMEOUT_MS / 1000} s`,
  remedy: CHECK_KERNEL_LOG,
  isInstalled: true,
};

/** Libraries in which a probe hangs. None is probed again before that probe has ended. */
const hangingLibraries = new Set<string>();

/**
 * Opens the source if NVML lists a GPU, else returns why it cannot be used. Starts no process; queries the driver in a
 * thread, for half a minute at most. The probe does not keep the process alive: a caller that waits for it must do so.
 *
 * @param library as for {@link NvmlSource}
 */
export async function probeNvml(library = DEFAULT_LIBRARY): Promise<NvmlSource | SourceUnavailable> {
  const koffi = findKoffi();
  if (koffi === undefined) return KOFFI_MISSING;
  if (isWsl()) return UNSAFE_ON_WSL;
  const missing = libraryUnavailable(koffi, library);
  if (missing !== undefined) return missing;
  if (hangingLibraries.has(library)) return NO_RESPONSE;

  const source = new NvmlSource(library);
  const probe = source.probe();
  const unavailable = await withTimeout(PROBE_TIMEOUT_MS, probe, NO_RESPONSE, { ref: false });
  if (unavailable === undefined) return source;
  if (unavailable === NO_RESPONSE) {
    hangingLibraries.add(library);
    void probe.then(() => hangingLibraries.delete(library));
  }
  await source.close();
  return unavailable;
}

function libraryUnavailable(koffi: Koffi, library: string): SourceUnavailable | undefined {
  try {
    koffi.load(library).unload();
    return undefined;
  } catch (error) {
    return describeUnavailability(new LibraryNotFoundError(library, error), []);
  }
}
