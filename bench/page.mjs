// CPU of the live page with three clients and 16 GPUs, beside the same load without a client: node bench/page.mjs [seconds]
import { connect } from 'node:net';
import { startPageDemo } from './page-load.mjs';

const seconds = Number(process.argv[2] ?? 20);
const demo = await startPageDemo({ port: 0, gpus: 16, historySeconds: 900, hasFaults: true });

const measure = async () => {
  const start = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / (seconds * 10);
};

await measure();
const alone = await measure();
let bytes = 0;
for (let i = 0; i < 3; i++) {
  const socket = connect(demo.port, '127.0.0.1');
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.write('GET /api/v1/stream?range=15m HTTP/1.1\r\nHost: localhost\r\n\r\n');
}
await new Promise((resolve) => setTimeout(resolve, 2000));
const before = bytes;
const watched = await measure();
const kib = Math.round((bytes - before) / 1024 / seconds / 3);
console.log(`load alone: ${alone.toFixed(2)} % of a core`);
console.log(
  `with 3 clients: ${watched.toFixed(2)} % of a core (target: at most 1 % more), ${kib} KiB/s each`,
);
await demo.close();
process.exit(0);
