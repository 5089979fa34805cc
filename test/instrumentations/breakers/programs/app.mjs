import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import scenario from './scenario.cjs';

const instrumentation = new SnakepitInstrumentation();
const { default: CircuitBreaker } = await import('opossum');
const cockatiel = await import('cockatiel');

console.log(JSON.stringify(await scenario.run(instrumentation, CircuitBreaker, cockatiel)));
