require('./runs.cjs').run(async () => require('onnxruntime-node'));
