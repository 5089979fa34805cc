// Records the events of breakers and retries in the programs that load the libraries.
const { channel } = require('node:diagnostics_channel');

const EVENTS = [
  'circuit_breaker.opened',
  'circuit_breaker.state',
  'circuit_breaker.call.allowed',
  'circuit_breaker.call.rejected',
  'circuit_breaker.call.success',
  'circuit_breaker.call.failure',
  'circuit_breaker.call.timeout',
  'circuit_breaker.call.fallback',
  'circuit_breaker.call.bulkhead_rejected',
  'retry.success',
];

const published = [];
for (const name of EVENTS) {
  channel(`snakepit.${name}`).subscribe(({ metadata, measurements }) => {
    const value = name === 'circuit_breaker.state' ? `=${measurements.state}` : '';
    published.push(`${metadata.pool} ${name.split('.').at(-1)}${value}`);
  });
}

/** Returns the events since the last call, as `<pool> <name>`. */
exports.takeEvents = () => published.splice(0);
