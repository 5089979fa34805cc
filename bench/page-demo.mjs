// Serves the live page with made load and faults, for work on the page and its clients:
//   node bench/page-demo.mjs [--port 4321] [--gpus 2] [--seconds 3600] [--history 900] [--quiet]
import { parseArgs } from 'node:util';
import { startPageDemo } from './page-load.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4321' },
    gpus: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '3600' },
    history: { type: 'string', default: '900' },
    quiet: { type: 'boolean', default: false },
  },
});

const demo = await startPageDemo({
  port: Number(values.port),
  gpus: Number(values.gpus),
  historySeconds: Number(values.history),
  hasFaults: !values.quiet,
});
console.log(`http://127.0.0.1:${demo.port}/  (GPUs: ${values.gpus}; Ctrl-C ends it)`);
const end = async () => {
  await demo.close();
  process.exit(0);
};
process.once('SIGINT', end);
process.once('SIGTERM', end);
setTimeout(end, Number(values.seconds) * 1000);
