// Writes models as transformers.js loads them from a folder: of a few hundred bytes, with a vocabulary of 8 words.
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { constant, floats, integers, model, node } = require('./onnx.cjs');

const WORDS = ['[PAD]', '[UNK]', 'one', 'two', 'three', 'four', 'five', 'six'];
const SIZE = WORDS.length;

const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: ['[PAD]', '[UNK]'].map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    unk_token: '[UNK]',
  },
};
const tokenizerConfig = {
  tokenizer_class: 'PreTrainedTokenizer',
  model_max_length: 64,
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  clean_up_tokenization_spaces: false,
  chat_template: '{% for message in messages %}{{ message.content }} {% endfor %}',
};

const ids = integers('input_ids', 'batch', 'length');
const mask = integers('attention_mask', 'batch', 'length');
/** One row per word, in which the next word has the largest value. */
const next = Array.from({ length: SIZE * SIZE }, (_, i) =>
  i % SIZE === (Math.floor(i / SIZE) + 1) % SIZE ? 1 : 0,
);
const grid = Array.from({ length: SIZE * 4 }, (_, i) => i / 10);

const MODELS = {
  /** Each word is a vector of 4 numbers. */
  'tiny/bert': {
    config: { model_type: 'bert', architectures: ['BertModel'], hidden_size: 4 },
    files: {
      'model.onnx': model({
        name: 'embedding',
        nodes: [node('Gather', ['words', 'input_ids'], ['last_hidden_state'])],
        constants: [constant('words', [SIZE, 4], grid)],
        inputs: [ids, mask],
        outputs: [floats('last_hidden_state', 'batch', 'length', 4)],
      }),
    },
  },
  /** The mean of the numbers of the words selects one of two labels. */
  'tiny/classifier': {
    config: {
      model_type: 'bert',
      architectures: ['BertForSequenceClassification'],
      id2label: { 0: 'low', 1: 'high' },
      label2id: { low: 0, high: 1 },
    },
    files: {
      'model.onnx': model({
        name: 'classification',
        nodes: [
          node('Gather', ['words', 'input_ids'], ['chosen']),
          node('ReduceMean', ['chosen'], ['logits'], { axes: [1], keepdims: 0 }),
        ],
        constants: [constant('words', [SIZE, 2], Array.from({ length: SIZE }, (_, i) => [4, i]).flat())],
        inputs: [ids, mask],
        outputs: [floats('logits', 'batch', 2)],
      }),
    },
  },
  /** The next word of the vocabulary follows each word. */
  'tiny/gpt2': {
    config: {
      model_type: 'gpt2',
      architectures: ['GPT2LMHeadModel'],
      n_layer: 1,
      n_head: 1,
      n_embd: 4,
      vocab_size: SIZE,
    },
    files: {
      'model.onnx': model({
        name: 'generation',
        nodes: [
          node('Gather', ['words', 'input_ids'], ['logits']),
          node('Identity', ['past_key_values.0.key'], ['present.0.key']),
          node('Identity', ['past_key_values.0.value'], ['present.0.value']),
        ],
        constants: [constant('words', [SIZE, SIZE], next)],
        inputs: [
          ids,
          integers('attention_mask', 'batch', 'total'),
          floats('past_key_values.0.key', 'batch', 1, 'past', 4),
          floats('past_key_values.0.value', 'batch', 1, 'past', 4),
        ],
        outputs: [
          floats('logits', 'batch', 'length', SIZE),
          floats('present.0.key', 'batch', 1, 'past', 4),
          floats('present.0.value', 'batch', 1, 'past', 4),
        ],
      }),
    },
  },
};

/** @param folder where the models are written */
exports.writeModels = (folder) => {
  for (const [id, { config, files }] of Object.entries(MODELS)) {
    mkdirSync(join(folder, id, 'onnx'), { recursive: true });
    const documents = {
      'config.json': config,
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': tokenizerConfig,
      'generation_config.json': {},
    };
    for (const [name, content] of Object.entries(documents))
      writeFileSync(join(folder, id, name), JSON.stringify(content));
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, id, 'onnx', name), content);
  }
};
