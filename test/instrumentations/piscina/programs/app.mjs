import scenario from './scenario.cjs';

scenario.run(async () => (await import('piscina')).default);
