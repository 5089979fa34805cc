// OTel's conventions for generative AI are in development: this file has all of their names.
// https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
import type { Attributes } from '@opentelemetry/api';
import type { TokenUsage } from './tokens.js';

const PROVIDER = 'huggingface';
const TEXT_COMPLETION = 'text_completion';

/** Operations of the tasks that the conventions cover. Classification, speech and others are none. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'feature-extraction': 'embeddings',
  'image-feature-extraction': 'embeddings',
  'text-generation': TEXT_COMPLETION,
  'text2text-generation': TEXT_COMPLETION,
  summarization: TEXT_COMPLETION,
  translation: TEXT_COMPLETION,
  'image-to-text': 'generate_content',
  'document-question-answering': 'generate_content',
};

/** Arguments of `generate()` that are recorded. */
const REQUEST = {
  max_new_tokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  top_k: 'gen_ai.request.top_k',
  top_p: 'gen_ai.request.top_p',
};

/** Returns the operation of a task; `undefined` if the conventions have none. @param input first argument of the pipeline */
export const pipelineOperation = (task: string, input: unknown): string | undefined =>
  task === 'text-generation' && isChat(input) ? 'chat' : OPERATIONS[task];

/** Returns the operation of `generate()`; `undefined` if the model reads something other than text. */
export const generateOperation = (model: object): string | undefined =>
  Reflect.get(model, 'main_input_name') === 'input_ids' ? TEXT_COMPLETION : undefined;

/** Returns true for messages, and for a list of lists of messages. */
const isChat = (input: unknown): boolean =>
  Array.isArray(input) && typeof input[0] === 'object' && input[0] !== null;

/** Returns the attributes of a call at its start; none if the conventions do not cover it. */
export const callAttributes = (operation: string | undefined, model: string): Attributes =>
  operation === undefined
    ? {}
    : {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': PROVIDER,
        'gen_ai.request.model': model,
      };

/** Returns true if `generate()` passes each token on as soon as it is known. */
export const isStreamed = (parameters: object): boolean =>
  typeof Reflect.get(parameters, 'streamer') === 'object' && Reflect.get(parameters, 'streamer') !== null;

/** Returns the attributes of the arguments of `generate()`. */
export function requestAttributes(parameters: object): Attributes {
  const attributes: Attributes = {};
  for (const [name, attribute] of Object.entries(REQUEST)) {
    const value: unknown = Reflect.get(parameters, name);
    if (typeof value === 'number' && Number.isFinite(value)) attributes[attribute] = value;
  }
  if (isStreamed(parameters)) attributes['gen_ai.request.stream'] = true;
  return attributes;
}

/** Returns the attribute of the time of the first token of a streamed call. @param time ns */
export const streamAttributes = (time: number): Attributes => ({
  'gen_ai.response.time_to_first_chunk': time / 1e9,
});

/** Returns the attributes of the tokens of a call. */
export const usageAttributes = ({ input_tokens, output_tokens }: TokenUsage): Attributes => ({
  'gen_ai.usage.input_tokens': input_tokens,
  'gen_ai.usage.output_tokens': output_tokens,
});
