const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { run } = require('./sessions.cjs');

const instrumentation = process.argv.includes('--plain') ? undefined : new SnakepitInstrumentation();
run(require('onnxruntime-node'), instrumentation);
