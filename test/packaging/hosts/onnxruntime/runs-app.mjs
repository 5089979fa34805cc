import { run } from './runs.cjs';

run(() => import('onnxruntime-node'));
