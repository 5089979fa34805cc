// Runs every `sh` block of the guides in docs/, and expects every line of their `text` blocks in the output.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { installed, temporaryFolder } from '../helpers/backends.js';

const programs = await installed();
const stateFolder = await temporaryFolder();

const blocks = (document: string, language: string) =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Matches a line of the output; `…` matches any text. */
const pattern = (line: string) => new RegExp(line.split('…').map(escaped).join('.*'));

test.each(['docs/jaeger.md', 'docs/prometheus.md'])(
  'the commands of %s print what it shows',
  { timeout: 300_000 },
  async (path) => {
    const document = await readFile(path, 'utf8');
    // Skips the installation, which the tests have done, and waits longer for a machine under load.
    const script = blocks(document, 'sh')
      .join('')
      .replaceAll(/^npm ci$/gm, '')
      .replaceAll(/^sleep (\d+)$/gm, (_, seconds) => `sleep ${3 * Number(seconds)}`);
    const env = {
      ...process.env,
      XDG_STATE_HOME: stateFolder,
      PATH: [dirname(programs.promtool), process.env.PATH].join(delimiter),
    };
    onTestFinished(async () => void (await bash('npm run backends -- down', env)));
    const { output, code } = await bash(`set -e\n${script}`, env);
    expect(code, output.slice(-2000)).toBe(0);
    const shown = blocks(document, 'text').flatMap((block) =>
      block.split('\n').filter((line) => line !== ''),
    );
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.filter((line) => !pattern(line).test(output))).toEqual([]);
  },
);

function bash(script: string, env: NodeJS.ProcessEnv): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, code }));
  });
}
