import snakepit = require('opentelemetry-instrumentation-snakepit');
import bridge = require('opentelemetry-instrumentation-snakepit/bridge');
import sdk = require('snakepit-otel');

declare module 'opentelemetry-instrumentation-snakepit' {
  interface EventMap {
    'myapp.batch.done': { measurements: { items: number }; metadata: { model?: string } };
  }
}

snakepit.attach('typed', 'snakepit.error.oom', ({ measurements }) => measurements.requested_bytes);
snakepit.attach('own', 'myapp.batch.done', ({ measurements }) => measurements.items.toFixed());
// @ts-expect-error a measurement of the wrong type
snakepit.execute('myapp.batch.done', { items: 'three' });

const telemetry: sdk.Telemetry = sdk.startTelemetry();
console.log(telemetry, bridge.publishWireEvent({ event: 'inference.stop' }));
