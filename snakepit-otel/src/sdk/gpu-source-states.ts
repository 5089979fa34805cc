import {
  errorMessage,
  isSource,
  probeSources,
  withTimeout,
} from 'opentelemetry-instrumentation-snakepit/internal';
import type { OwnSettings } from '../configuration/settings.js';
import type { SourceState } from '../page/contract.js';

/** Time that drivers have to answer, ms. */
const LIMIT_MS = 2000;
/** Time between probes of a host without a GPU, ms. */
const REPEAT_MS = 30_000;

/** What each way of reading GPUs answers. Asks when somebody wants to know, and again while there is no GPU. */
export class GpuSourceStates {
  readonly #settings: OwnSettings;
  #states: readonly SourceState[] = [];
  #probing: Promise<void> | undefined;
  #probedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: OwnSettings) {
    this.#settings = settings;
  }

  async get(hasGpus: boolean): Promise<readonly SourceState[]> {
    const isOld = this.#states.length === 0 || (!hasGpus && performance.now() - this.#probedAt > REPEAT_MS);
    if (isOld) this.#probing ??= this.#probe().finally(() => (this.#probing = undefined));
    if (this.#states.length === 0 && this.#probing !== undefined)
      await withTimeout(LIMIT_MS, this.#probing, undefined, { ref: false });
    return this.#states;
  }

  async #probe(): Promise<void> {
    const { gpuSource, nvmlLibrary, nvidiaSmi, gpuTimeoutMs: timeoutMs } = this.#settings;
    try {
      const probes = await probeSources({ nvmlLibrary, nvidiaSmi, timeoutMs });
      const chosen = isSource(gpuSource) ? gpuSource.name : gpuSource;
      let hasSelected = isSource(gpuSource);
      const states: SourceState[] = isSource(gpuSource) ? [{ name: gpuSource.name, state: 'selected' }] : [];
      for (const { name, result } of probes) {
        if (!isSource(result)) {
          states.push({ name, state: 'unavailable', cause: result.reason, remedy: result.remedy });
          continue;
        }
        const isSelected = !hasSelected && (chosen === 'auto' || chosen === name);
        hasSelected ||= isSelected;
        states.push({ name, state: isSelected ? 'selected' : 'available' });
        await result.close();
      }
      this.#states = states;
    } catch (error) {
      this.#states = [{ name: 'all', state: 'unavailable', cause: errorMessage(error) }];
    }
    this.#probedAt = performance.now();
  }
}
