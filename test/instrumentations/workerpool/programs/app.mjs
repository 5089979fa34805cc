import scenario from './scenario.cjs';

// A name that TypeScript does not resolve: the types of the library need those of a browser.
const library = 'workerpool';
scenario.run(async () => (await import(library)).default);
