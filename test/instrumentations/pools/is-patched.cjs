// Prints whether the class of each copy of a library is patched: node is-patched.cjs [--disabled] CLASS METHOD LIBRARY FOLDER...
const { createRequire } = require('node:module');
const { parseArgs } = require('node:util');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const { values, positionals } = parseArgs({
  options: { disabled: { type: 'boolean' } },
  allowPositionals: true,
});
const [file, method, library, ...programs] = positionals;
const instrumentation = new SnakepitInstrumentation({ instrumentations: { genericPool: { enabled: true } } });

const prototypeOf = (program) => {
  const load = createRequire(program);
  load(library);
  return load(`${library}/${file}`).prototype;
};

const isPatched = (prototype) => {
  const before = prototype[method];
  instrumentation.disable();
  const changed = prototype[method] !== before;
  instrumentation.enable();
  return changed;
};

// The copies are loaded while the instrumentation is disabled, or each while it is enabled.
if (values.disabled) instrumentation.disable();
const loaded = values.disabled ? programs.map(prototypeOf) : undefined;
instrumentation.enable();
console.log(JSON.stringify((loaded ?? programs).map((each) => isPatched(loaded ? each : prototypeOf(each)))));
