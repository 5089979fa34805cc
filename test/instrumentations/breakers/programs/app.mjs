// Loads a library with `import` and runs its scenario: node app.mjs LIBRARY
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';

const [name] = process.argv.slice(2);
const { default: scenario } = await import(`../../${name}/scenario.cjs`);
const instrumentation = new SnakepitInstrumentation();
const library = await import(name);

console.log(
  JSON.stringify(await scenario.run(instrumentation, name === 'opossum' ? library.default : library)),
);
