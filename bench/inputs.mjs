// Sends lines from four processes to the agent, of which two are killed and resumed in the middle, and checks that every line is accepted,
// lost or dropped, that the agent keeps up, that its event loop is not blocked and that its memory stays flat:
//   node bench/inputs.mjs [--lines 1000000] [--input unix|tcp|http] [--for 10m] [--cpu 0]
// With --for, the load is repeated for that time. Exits with 1 if a limit is exceeded.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePorts } from '../scripts/backends/ports.mjs';
import { DROP_INTERVAL, DROPPED_PER_REPORT } from './line-producer.mjs';
