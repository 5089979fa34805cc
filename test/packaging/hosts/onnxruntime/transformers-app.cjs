require('./transformers.cjs').run(async () => require('@huggingface/transformers'));
