import { READY_PATH, type Readiness } from '../sdk/health.js';

/** Time for its answer, ms. */
const LIMIT_MS = 2000;

/** Returns the state of the agent that serves a page of metrics; undefined if none does. */
export async function runningAgent(origin: string | undefined): Promise<Readiness | undefined> {
  if (origin === undefined) return undefined;
  try {
    const response = await fetch(new URL(READY_PATH, origin), {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body = (await response.json()) as Partial<Readiness>;
    return Array.isArray(body.inputs) && Array.isArray(body.exporters) ? (body as Readiness) : undefined;
  } catch {
    // Nobody listens, or another program.
    return undefined;
  }
}
