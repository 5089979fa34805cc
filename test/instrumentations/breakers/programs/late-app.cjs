// Loads a library with `require`, then the instrumentation, and runs the scenario of the library: node late-app.cjs LIBRARY
const [name] = process.argv.slice(2);
const library = require(name);
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { isRestored, run } = require(`../../${name}/scenario.cjs`);
const instrumentation = new SnakepitInstrumentation();
const patched = { ...library };

run(instrumentation, library).then((results) => {
  const restored = require(name) === library && isRestored(library, patched);
  console.log(JSON.stringify({ ...results, restored }));
});
