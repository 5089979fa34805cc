// Inputs of a host that is done: they never keep it alive.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import { temporaryFolder } from '../helpers/inputs.js';

test('a host with every input, and with connections that stay open, ends when its work is done', {
  tags: ['H36'],
}, async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const [tcp, http] = [await freePort(), await freePort()];
  const startedAt = performance.now();
  const result = await runModule(`
    import { connect } from 'node:net';
    import { startTelemetry } from 'snakepit-otel';
    const inputs = { unix: { path: ${JSON.stringify(path)} }, tcp: { port: ${tcp} }, http: { port: ${http} }, stdin: true };
    const telemetry = startTelemetry({ traces: [], metrics: [], logs: [], inputs });
    await telemetry.ready;
    for (const target of [{ path: ${JSON.stringify(path)} }, { port: ${tcp} }, { port: ${http} }]) {
      const socket = connect(target);
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.write('{"hello":{"producer":"a","ack":true}}\\n{"event":"x","seq":0}\\n{"incompl');
      socket.unref();
    }
    console.log('done');`);
  expect(result).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test('a host that is done ends although a producer floods it', { tags: ['H36'] }, async () => {
  const collector = await httpReceiver();
  const path = join(await temporaryFolder(), 'events.sock');
  const options = { target: { path }, producer: 'a', from: 0, to: 1e9 };
  let doneAt = 0;
  const result = await runModule(
    `import { subscribe } from 'node:diagnostics_channel';
     import { startTelemetry } from 'snakepit-otel';
     const inputs = { unix: { path: ${JSON.stringify(path)} } };
     const telemetry = startTelemetry({ metrics: [], logs: [], inputs });
     await telemetry.ready;
     console.log('listening');
     const work = setInterval(() => {}, 1000);
     let accepted = 0;
     subscribe('snakepit.bridge.events.accepted', ({ measurements }) => {
       accepted += measurements.count;
       if (accepted < 10_000) return;
       if (work.hasRef()) console.log('done');
       work.unref();
     });`,
    {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
      onOutput: (output) => {
        if (output.includes('done')) doneAt ||= performance.now();
        else {
          const producer = fork('bench/line-producer.mjs', [JSON.stringify(options)], { stdio: 'ignore' });
          onTestFinished(() => void producer.kill('SIGKILL'));
        }
      },
    },
  );
  expect(result).toMatchObject({ code: 0, stdout: 'listening\ndone\n' });
  expect(performance.now() - doneAt).toBeLessThan(5000);
  expect(collector.exports.length).toBeGreaterThan(0);
});
