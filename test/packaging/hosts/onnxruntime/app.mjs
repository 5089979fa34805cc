import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { run } from './sessions.cjs';

const instrumentation = process.argv.includes('--plain') ? undefined : new SnakepitInstrumentation();
run(await import('onnxruntime-node'), instrumentation);
