// Loads the instrumentation before the tests of a library; loaded by `scripts/upstream-suites.mjs`. CommonJS: a process that starts with
// ES modules takes longer to exit, which the suite of cockatiel measures.
const { isMainThread } = require('node:worker_threads');

const isWorker = !isMainThread || process.send !== undefined;
if (!isWorker || process.env.UPSTREAM_WORKERS === 'instrumented') require('./upstream-instrumentation.cjs');
