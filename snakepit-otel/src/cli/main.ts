#!/usr/bin/env node
import { detectHardware } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, PACKAGE_VERSION } from 'opentelemetry-instrumentation-snakepit/internal';
import { runAgent } from './agent.js';
import { diagnosisLines } from './diagnosis-lines.js';
import { diagnose } from './doctor.js';
import { HELP, parseCommand } from './options.js';

const print = (line: string) => console.log(line);

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      return print(HELP);
    case 'version':
      return print(PACKAGE_VERSION);
    case 'hardware':
      return print(JSON.stringify(await detectHardware(), undefined, 2));
    case 'doctor': {
      const diagnosis = await diagnose();
      if (command.json) print(JSON.stringify(diagnosis, undefined, 2));
      else for (const line of diagnosisLines(diagnosis)) print(line);
      process.exitCode = diagnosis.healthy ? 0 : 1;
      return;
    }
    case 'agent':
      await runAgent({ ...command, print });
      return process.exit(0);
  }
}

main().catch((error) => {
  console.error(`snakepit-otel: ${errorMessage(error)}`);
  process.exit(1);
});
