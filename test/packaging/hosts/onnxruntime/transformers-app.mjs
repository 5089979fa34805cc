import { run } from './transformers.cjs';

run(() => import('@huggingface/transformers'));
