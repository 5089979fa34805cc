#!/usr/bin/env node
import { detectHardware } from 'opentelemetry-instrumentation-snakepit';
import { PACKAGE_VERSION } from 'opentelemetry-instrumentation-snakepit/internal';
import { runAgent } from './agent.js';
import { diagnose } from './doctor.js';
import { HELP, parseCommand } from './options.js';

const say = (line: string) => console.log(line);

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      return say(HELP);
    case 'version':
      return say(PACKAGE_VERSION);
    case 'hardware':
      return say(JSON.stringify(await detectHardware(), undefined, 2));
    case 'doctor': {
      const { lines, healthy } = await diagnose();
      for (const line of lines) say(line);
      process.exitCode = healthy ? 0 : 1;
      return;
    }
    case 'run':
      await runAgent({ ...command, say });
      return process.exit(0);
  }
}

main().catch((error: Error) => {
  console.error(`snakepit-otel: ${error.message}`);
  process.exit(1);
});
