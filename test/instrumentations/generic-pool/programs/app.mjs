import scenario from './scenario.cjs';

scenario.run(async () => (await import('generic-pool')).default);
