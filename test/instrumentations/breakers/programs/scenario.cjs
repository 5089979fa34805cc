// What the programs beside this file do with the libraries, however they have loaded them.
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

const seen = [];
for (const name of EVENTS) {
  channel(`snakepit.${name}`).subscribe(({ metadata, measurements }) => {
    const value = name === 'circuit_breaker.state' ? `=${measurements.state}` : '';
    seen.push(`${metadata.pool} ${name.split('.').at(-1)}${value}`);
  });
}
const take = () => seen.splice(0);

/** Uses breakers while the instrumentation is enabled, disabled and enabled again; returns what was published. */
exports.run = async (instrumentation, CircuitBreaker, cockatiel) => {
  const told = {};
  const quiet = { timeout: false, rollingCountTimeout: 1000 };
  class Own extends CircuitBreaker {
    constructor(...args) {
      super(...args);
      this.target = new.target;
    }
  }
  const own = new Own(async () => 'done', { ...quiet, name: 'own' });
  told.created = take();
  await own.fire();
  told.fired = take();
  const kept = new CircuitBreaker(async () => 1, { ...quiet, name: 'kept', state: { closed: false } });
  await kept.fire().catch(() => {});
  told.begunOpen = take();

  const { handleAll } = cockatiel;
  const fail = async () => {
    throw new Error('no');
  };
  const policies = {
    breaker: cockatiel.circuitBreaker(handleAll, {
      halfOpenAfter: 9999,
      breaker: new cockatiel.ConsecutiveBreaker(1),
    }),
    retry: cockatiel.retry(handleAll, { maxAttempts: 1 }),
    timeout: cockatiel.timeout(1, 'aggressive'),
    bulkhead: cockatiel.bulkhead(0),
    fallback: cockatiel.fallback(handleAll, 'instead'),
  };
  for (const policy of Object.values(policies)) {
    await policy
      .execute(
        policy === policies.timeout
          ? () => new Promise(() => {})
          : policy === policies.retry
            ? () => 1
            : fail,
      )
      .catch(() => {});
  }
  told.policies = take();

  instrumentation.disable();
  await own.fire();
  await policies.fallback.execute(fail);
  await new CircuitBreaker(async () => 1, { ...quiet, name: 'later' }).fire();
  await cockatiel.fallback(handleAll, 1).execute(fail);
  told.disabled = take();

  instrumentation.enable();
  take();
  await own.fire();
  await policies.fallback.execute(fail);
  await new CircuitBreaker(async () => 1, { ...quiet, name: 'again' }).fire();
  await cockatiel.fallback(handleAll, 1).execute(fail);
  told.enabledAgain = take();
  instrumentation.disable();

  told.identity = {
    instance: own instanceof CircuitBreaker,
    constructor: own.constructor === Own && kept.constructor === CircuitBreaker,
    newTarget: own.target === Own,
    statics: [
      CircuitBreaker.name,
      CircuitBreaker.length,
      typeof CircuitBreaker.isOurError,
      typeof CircuitBreaker.newStatus,
    ],
    // Nothing is left of us, on the classes or on the objects.
    left: [
      ...['on', 'emit'].filter((key) => Object.hasOwn(CircuitBreaker.prototype, key)),
      ...Object.getOwnPropertyNames(own).filter((key) => key === 'emit'),
      ...Object.getOwnPropertyNames(policies.breaker).filter((key) => key === 'execute'),
    ],
  };
  return told;
};
