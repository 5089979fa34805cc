import type { Snapshot } from '../../src/page/contract.js';
import { FakeAgent } from './fake-agent.js';
import { madeSnapshot, madeTrace } from './made-snapshot.js';
import { TestTerminal } from './terminal.js';

/** The built command. */
export const COMMAND = 'snakepit-otel/dist/command/main.cjs';
export const ESCAPE = '\x1b';

/** Starts an agent's page with made data. @param changes of the snapshot */
export async function startAgent(changes: Partial<Snapshot> = {}): Promise<FakeAgent> {
  const agent = new FakeAgent(madeSnapshot(Date.now(), changes));
  agent.trace = madeTrace(agent.snapshot);
  const [head] = agent.snapshot.errors;
  if (head !== undefined) {
    agent.error = {
      head,
      occurrences: [head.ts],
      attributes: {},
      traceback: 'Traceback (most recent call last):\n  File "model.py", line 88, in decode',
      oom: { requested: 2499, free: 1341, total: 81_559, processes: agent.snapshot.gpus[1]?.processes ?? [] },
    };
  }
  await agent.start();
  return agent;
}

/** Runs `top` in a pseudo-terminal. */
export const top = (
  args: readonly string[],
  options?: ConstructorParameters<typeof TestTerminal>[1],
): TestTerminal => new TestTerminal([process.execPath, COMMAND, 'top', ...args], options);
