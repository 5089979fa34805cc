// Loads a library with `import`, then the instrumentation, and runs the scenario of the library: node late-app.mjs LIBRARY
const [name] = process.argv.slice(2);
const library = await import(name);
const { SnakepitInstrumentation } = await import('opentelemetry-instrumentation-snakepit');
const { default: scenario } = await import(`../../${name}/scenario.cjs`);
const instrumentation = new SnakepitInstrumentation();

console.log(
  JSON.stringify(await scenario.run(instrumentation, name === 'opossum' ? library.default : library)),
);
