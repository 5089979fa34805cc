import type { ErrorDetail, Host } from '../../contract.js';
import { formatGib } from '../format.js';
import { memoryParts } from './forensics.js';

/** Returns an error as Markdown, to paste into an issue. */
export function errorReport(
  { head, traceback, attributes, oom }: ErrorDetail,
  host: Host | undefined,
): string {
  const facts: [string, string | undefined][] = [
    ['Time', new Date(head.ts).toISOString()],
    ['Count', `${head.count} since ${new Date(head.firstSeen).toISOString()}`],
    ['Device', head.device],
    ['Pool', head.pool],
    ['Worker', head.worker],
    ['Place', head.place],
    ['Trace', head.trace],
    ['Host', host && `${host.name} (${host.platform}), snakepit-otel ${host.version}`],
  ];
  const lines = [`## ${inline(head.type)}`, '', codeBlock(head.message), ''];
  for (const [name, value] of facts) if (value) lines.push(`- ${name}: ${inline(value)}`);
  if (oom !== undefined) {
    lines.push('', '| memory | GiB |', '| --- | ---: |');
    if (oom.requested !== undefined) lines.push(`| requested | ${formatGib(oom.requested)} |`);
    for (const { label, memory } of memoryParts(oom, head.worker))
      lines.push(`| ${inline(label)} | ${formatGib(memory)} |`);
  }
  const rows = Object.entries(attributes);
  if (rows.length > 0) {
    lines.push('', '| attribute | value |', '| --- | --- |');
    for (const [key, value] of rows) lines.push(`| ${inline(key)} | ${inline(String(value))} |`);
  }
  if (traceback !== undefined) lines.push('', codeBlock(traceback));
  return `${lines.join('\n')}\n`;
}

/** A fence longer than any in the text, so that the text cannot end it. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
}

function inline(text: string): string {
  return text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_<>|[\]]/g, '\\$&');
}
