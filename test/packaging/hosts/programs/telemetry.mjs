import { main } from './telemetry-main.cjs';

await main((name) => import(name));
