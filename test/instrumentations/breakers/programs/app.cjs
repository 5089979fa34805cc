// Loads a library with `require` and runs its scenario: node app.cjs LIBRARY
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const [name] = process.argv.slice(2);
const { isRestored, run } = require(`../../${name}/scenario.cjs`);
const instrumentation = new SnakepitInstrumentation();
const library = require(name);
const patched = { ...library };

run(instrumentation, library).then((results) => {
  const restored = require(name) === library && isRestored(library, patched);
  console.log(JSON.stringify({ ...results, restored }));
});
