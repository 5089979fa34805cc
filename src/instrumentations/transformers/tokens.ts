/** Tokens that a model has read and generated. */
export interface TokenUsage {
  readonly input_tokens: number | undefined;
  readonly output_tokens: number | undefined;
}

/** Elements of an attention mask that are counted. The size of a larger one is used instead. */
const MAX_COUNTED = 65_536;

/** Members of a tensor of transformers.js that are read. */
interface TokenTensor {
  readonly dims?: unknown;
  readonly data?: unknown;
  readonly location?: unknown;
}

/**
 * Returns the tokens of a call of `generate()`, from the shapes of its inputs and result. Padding is not counted as far as the mask
 * shows it.
 *
 * @param parameters argument of the call
 * @param isEncoderDecoder true for a model that does not repeat its input at the start of the result
 */
export function tokenUsage(parameters: unknown, result: unknown, isEncoderDecoder: boolean): TokenUsage {
  const { inputs, input_ids, attention_mask, decoder_input_ids } = Object(parameters) as Record<
    string,
    unknown
  >;
  const prompt = sizeOf(inputs ?? input_ids);
  const output = sizeOf(Object(result).sequences ?? result);
  const skipped = isEncoderDecoder ? (sizeOf(decoder_input_ids)?.length ?? 1) : prompt?.length;
  return {
    input_tokens: prompt && (countMask(attention_mask, prompt) ?? prompt.rows * prompt.length),
    output_tokens:
      output && skipped !== undefined && output.length >= skipped
        ? output.rows * (output.length - skipped)
        : undefined,
  };
}

interface Size {
  readonly rows: number;
  readonly length: number;
}

/** Returns the size of a tensor of ids, or of the list, or list of lists, that `generate()` converts into one. */
function sizeOf(ids: unknown): Size | undefined {
  if (Array.isArray(ids)) {
    const [first] = ids;
    return Array.isArray(first)
      ? { rows: ids.length, length: first.length }
      : { rows: 1, length: ids.length };
  }
  const { dims } = Object(ids) as TokenTensor;
  if (!Array.isArray(dims) || dims.length !== 2 || !dims.every(Number.isSafeInteger)) return undefined;
  const [rows, length] = dims;
  return { rows, length };
}

function countMask(mask: unknown, { rows, length }: Size): number | undefined {
  const size = sizeOf(mask);
  if (size?.rows !== rows || size.length !== length || rows * length > MAX_COUNTED) return undefined;
  const tensor = Object(mask) as TokenTensor;
  // To read the data of another device, or of a tensor that was disposed of, throws.
  if (tensor.location !== 'cpu') return undefined;
  const { data } = tensor;
  if (!(data instanceof BigInt64Array)) return undefined;
  let count = 0;
  for (const each of data) if (each !== 0n) count++;
  return count;
}
