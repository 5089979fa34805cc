import snakepit = require('opentelemetry-instrumentation-snakepit');
import sdk = require('opentelemetry-instrumentation-snakepit/sdk');

snakepit.attach('typed', 'snakepit.error.oom', ({ measurements }) => measurements.requested_bytes);
const telemetry: sdk.Telemetry = sdk.startTelemetry();
console.log(telemetry);
