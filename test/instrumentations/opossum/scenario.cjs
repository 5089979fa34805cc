// Uses opossum while the instrumentation is enabled, disabled and enabled again.
const { takeEvents } = require('../breakers/programs/published-events.cjs');

/** Returns the events of each step, and the identity of what a host can compare. */
exports.run = async (instrumentation, CircuitBreaker) => {
  const results = {};
  const options = { timeout: false, rollingCountTimeout: 1000 };
  class Derived extends CircuitBreaker {
    constructor(...args) {
      super(...args);
      this.target = new.target;
    }
  }
  const own = new Derived(async () => 'done', { ...options, name: 'own' });
  results.created = takeEvents();
  await own.fire();
  results.fired = takeEvents();
  const kept = new CircuitBreaker(async () => 1, { ...options, name: 'kept', state: { closed: false } });
  await kept.fire().catch(() => {});
  results.createdOpen = takeEvents();

  instrumentation.disable();
  await own.fire();
  await new CircuitBreaker(async () => 1, { ...options, name: 'later' }).fire();
  results.disabled = takeEvents();

  instrumentation.enable();
  takeEvents();
  await own.fire();
  await new CircuitBreaker(async () => 1, { ...options, name: 'again' }).fire();
  results.enabledAgain = takeEvents();
  instrumentation.disable();

  results.identity = {
    instance: own instanceof CircuitBreaker,
    constructor: own.constructor === Derived && kept.constructor === CircuitBreaker,
    newTarget: own.target === Derived,
    statics: [
      CircuitBreaker.name,
      CircuitBreaker.length,
      typeof CircuitBreaker.isOurError,
      typeof CircuitBreaker.newStatus,
    ],
  };
  results.leftovers = [
    ...['on', 'emit'].filter((key) => Object.hasOwn(CircuitBreaker.prototype, key)),
    ...Object.getOwnPropertyNames(own).filter((key) => key === 'emit'),
    ...(String(CircuitBreaker.prototype.call).startsWith('call (context') ? [] : ['call']),
  ];
  return results;
};

/** The class is patched in place: it is the same object. */
exports.isRestored = () => true;
