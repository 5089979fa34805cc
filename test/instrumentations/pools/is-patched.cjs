// Prints whether the class of each copy of a library is patched: node is-patched.cjs CLASS METHOD LIBRARY FOLDER...
const { createRequire } = require('node:module');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const [file, method, library, ...programs] = process.argv.slice(2);
const instrumentation = new SnakepitInstrumentation({ instrumentations: { genericPool: { enabled: true } } });
const patched = programs.map((program) => {
  const load = createRequire(program);
  load(library);
  const { prototype } = load(`${library}/${file}`);
  const before = prototype[method];
  instrumentation.disable();
  const isPatched = prototype[method] !== before;
  instrumentation.enable();
  return isPatched;
});
console.log(JSON.stringify(patched));
