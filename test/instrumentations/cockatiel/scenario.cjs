// Uses cockatiel while the instrumentation is enabled, disabled and enabled again.
const { takeEvents } = require('../breakers/programs/published-events.cjs');

/** Returns the events of each step. */
exports.run = async (instrumentation, cockatiel) => {
  const results = {};
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
  const functions = { timeout: () => new Promise(() => {}), retry: () => 1 };
  for (const [name, policy] of Object.entries(policies)) {
    await policy.execute(functions[name] ?? fail).catch(() => {});
  }
  results.enabled = takeEvents();

  instrumentation.disable();
  await policies.fallback.execute(fail);
  await cockatiel.fallback(handleAll, 1).execute(fail);
  results.disabled = takeEvents();

  instrumentation.enable();
  takeEvents();
  await policies.fallback.execute(fail);
  await cockatiel.fallback(handleAll, 1).execute(fail);
  results.enabledAgain = takeEvents();
  instrumentation.disable();

  results.leftovers = Object.getOwnPropertyNames(policies.breaker).filter((key) => key === 'execute');
  return results;
};

/** The exports are the originals again, and were not while the instrumentation was enabled. */
exports.isRestored = (cockatiel, patched) => {
  const policies = require('cockatiel/dist/Policy.js');
  return cockatiel.retry === policies.retry && patched.retry !== policies.retry;
};
