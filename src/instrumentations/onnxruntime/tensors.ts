import { catchErrors } from '../../common/catch-errors.js';
import { cleanText } from '../../common/clean-text.js';

/** Inputs that are shown. */
export const MAX_INPUTS = 8;
/** Dimensions of an input that are shown. */
export const MAX_DIMENSIONS = 8;
const MAX_NAME_LENGTH = 64;

/** Members of a tensor that are read. It is the host's, and may be anything. */
export interface Tensor {
  readonly type?: unknown;
  readonly dims?: unknown;
}

/** Returns name, type and shape of inputs: `input_ids:int64[2,128]`. Never their values. */
export const inputShapes = (feeds: object): string[] =>
  Object.keys(feeds)
    .slice(0, MAX_INPUTS)
    .map((name) => `${cleanText(name, MAX_NAME_LENGTH)}:${typeAndShape(Reflect.get(feeds, name))}`);

function typeAndShape(tensor: unknown): string {
  const { type, dims } = Object(tensor) as Tensor;
  const sizes = Array.isArray(dims) ? dims : [];
  const shown = sizes.slice(0, MAX_DIMENSIONS).map(Number).join(',');
  return `${cleanText(String(type), MAX_NAME_LENGTH)}[${shown}${sizes.length > MAX_DIMENSIONS ? ',…' : ''}]`;
}

/** Returns the first dimension of an input. */
export const batchSize = catchErrors(
  'Reading the size of a batch',
  (feeds: object, input: string | undefined): number | undefined => {
    if (input === undefined) return undefined;
    const size: unknown = Reflect.get(Object(Reflect.get(feeds, input)), 'dims')?.[0];
    return Number.isSafeInteger(size) ? (size as number) : undefined;
  },
);

/** Returns where the first result is: `cpu`, or for example `gpu-buffer`. */
export const outputLocation = catchErrors('Reading a result', (results: unknown): string | undefined => {
  for (const name in Object(results)) {
    const { location } = Object(Reflect.get(results as object, name)) as { location?: unknown };
    return typeof location === 'string' ? location : undefined;
  }
  return undefined;
});
