// Sends lines with sequence numbers to an input of the agent, as another process does:
//   node bench/line-producer.mjs '{"target":{"path":"/tmp/events.sock"},"producer":"a","from":0,"to":1000}'
// `target` is { path }, { host, port } or { url }. Reports each acknowledgement and each upper bound of what was sent to its parent.
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Lines that are written at a time. */
const LINES_PER_WRITE = 200;

/** Returns a line of the kind that Snakepit's Elixir side emits: starts and stops of calls in turn, or stops only. */
function eventLine(producer, seq, stopsOnly) {
  const worker = seq % 8;
  const call = `${producer}-${Math.floor(seq / 2)}`;
  const metadata =
    `"command":"infer","correlation_id":"${call}","pool":"Elixir.Snakepit.Pool","status":"ok",` +
    `"telemetry_span_context":"${call}","worker_id":"default_worker_${worker}_690"`;
  const event =
    seq % 2 === 0 && !stopsOnly
      ? `"snakepit.grpc_worker.execute.start","measurements":{"system_time":${Date.now()}000000}`
      : '"snakepit.grpc_worker.execute.stop","measurements":{"duration":1000000,"duration_ms":1,"executions":1}';
  return `{"event":${event},"metadata":{${metadata}},"timestamp_ns":${Date.now()}000000,"producer":"${producer}","seq":${seq}}\n`;
}

/** Returns a report of events that the producer dropped. It has a sequence number, as every line. */
const droppedLine = (producer, seq, total) => `{"producer":"${producer}","dropped":${total},"seq":${seq}}\n`;

/** Lines between reports of dropped events, and events that each report adds. */
export const DROP_INTERVAL = 1000;
export const DROPPED_PER_REPORT = 7;

function lines({ producer, drops, stopsOnly }, from, to) {
  let text = '';
  for (let seq = from; seq < to; seq++) {
    const isReport = drops && seq % DROP_INTERVAL === DROP_INTERVAL - 1;
    const total = Math.floor(seq / DROP_INTERVAL + 1) * DROPPED_PER_REPORT;
    text += isReport ? droppedLine(producer, seq, total) : eventLine(producer, seq, stopsOnly);
  }
  return text;
}

async function sendOverSocket(options) {
  const { target, producer, from, to, token } = options;
  const socket = connect(target);
  const report = (message) => process.send?.(message);
  let acknowledged = from - 1;
  let rest = '';
  const done = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop();
      for (const part of parts) acknowledged = JSON.parse(part).ack;
      report({ acknowledged });
      if (acknowledged >= to - 1) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${acknowledged}`)));
  });
  done.catch(() => {});
  socket.write(`${JSON.stringify({ hello: { producer, ack: true, token } })}\n`);
  for (let seq = from; seq < to; seq += LINES_PER_WRITE) {
    const next = Math.min(seq + LINES_PER_WRITE, to);
    report({ sentBelow: next });
    if (!socket.write(lines(options, seq, next))) {
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), done]);
    }
  }
  await done;
  socket.destroy();
}

async function sendOverHttp(options) {
  const { target, from, to, token } = options;
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
  for (let seq = from; seq < to; ) {
    const next = Math.min(seq + LINES_PER_WRITE, to);
    process.send?.({ sentBelow: next });
    const body = lines(options, seq, next);
    const response = await fetch(target.url, { method: 'POST', headers, body });
    const text = await response.text();
    if (response.status === 429) await new Promise((resolve) => setTimeout(resolve, 100));
    else if (!response.ok) throw new Error(`${response.status} ${text}`);
    else {
      process.send?.({ acknowledged: next - 1 });
      seq = next;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = JSON.parse(process.argv[2]);
  await (options.target.url === undefined ? sendOverSocket(options) : sendOverHttp(options));
  process.exit(0);
}
