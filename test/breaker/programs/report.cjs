// Shared by the programs: an SDK-less host that prints what breakers publish.
const { subscribe } = require('node:diagnostics_channel');

const NAMES = [
  'circuit_breaker.opened',
  'circuit_breaker.closed',
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

exports.seen = [];
for (const name of NAMES) {
  subscribe(`snakepit.${name}`, ({ metadata, measurements }) => {
    exports.seen.push(name.endsWith('.state') ? `${metadata.pool}=${measurements.state}` : `${metadata.pool} ${name.split('.').at(-1)}`);
  });
}
/** What was seen since it was last asked. */
exports.take = () => exports.seen.splice(0);
