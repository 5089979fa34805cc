import { cleanText } from '../../common/clean-text.js';

const CPU = 'cpu';
/** Providers that compute on a CUDA device, which they number as this process does. */
const CUDA = new Set(['cuda', 'tensorrt']);
const MAX_PROVIDERS = 8;
const MAX_NAME_LENGTH = 64;

/** Execution providers of a session. */
export interface Providers {
  readonly names: readonly string[];
  /** Number of the CUDA device; `undefined` for other providers. */
  readonly deviceId: number | undefined;
}

/** Lists the execution providers of the installed runtime, as `listSupportedBackends()` of `onnxruntime-node`. */
export type SupportedBackends = () => readonly { readonly name: string }[];

/**
 * Returns the requested providers that the runtime has; it ignores the others. No provider means the CPU.
 *
 * @param requested `executionProviders` of the options of a session
 */
export function providersOf(requested: unknown, supported: SupportedBackends | undefined): Providers {
  const known = supported && new Set([CPU, ...supported().map(({ name }) => name)]);
  const providers = (Array.isArray(requested) ? requested : [])
    .slice(0, MAX_PROVIDERS)
    .map(readProvider)
    .filter(({ name }) => name !== '' && (known === undefined || known.has(name)));
  if (providers.length === 0) return { names: [CPU], deviceId: undefined };
  const onCuda = providers.find(({ name }) => CUDA.has(name));
  return { names: providers.map(({ name }) => name), deviceId: onCuda && (onCuda.deviceId ?? 0) };
}

function readProvider(provider: unknown): { name: string; deviceId: number | undefined } {
  const { name, deviceId } = Object(typeof provider === 'string' ? { name: provider } : provider);
  return {
    name: typeof name === 'string' ? cleanText(name, MAX_NAME_LENGTH) : '',
    deviceId: Number.isSafeInteger(deviceId) && deviceId >= 0 ? deviceId : undefined,
  };
}
