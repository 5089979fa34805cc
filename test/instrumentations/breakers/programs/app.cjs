const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { run } = require('./scenario.cjs');

const instrumentation = new SnakepitInstrumentation();
const CircuitBreaker = require('opossum');
const cockatiel = require('cockatiel');
const patched = { ...cockatiel };

run(instrumentation, CircuitBreaker, cockatiel).then((told) => {
  const policies = require('cockatiel/dist/Policy.js');
  const restored =
    require('opossum') === CircuitBreaker &&
    require('cockatiel').retry === policies.retry &&
    patched.retry !== policies.retry;
  console.log(JSON.stringify({ ...told, restored }));
});
