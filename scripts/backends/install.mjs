// The programs of the backends: what PATH has where it fits, else built from source by Go, once, into the cache.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './cache.mjs';
import { go, onPath, outputOf, succeeds } from './command.mjs';

const COLLECTOR_BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.161.0';
/** Jaeger 2.13; the Go module is numbered by the old series. */
const JAEGER = 'github.com/jaegertracing/jaeger@v1.76.0';
const PROMETHEUS = 'github.com/prometheus/prometheus';
const PROMETHEUS_VERSION = 'v0.316.0';

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const COLLECTOR_CONFIG = inRepository('otel-collector.yaml');
export const JAEGER_CONFIG = inRepository('deploy/jaeger/jaeger.yaml');
export const PROMETHEUS_CONFIG = inRepository('deploy/prometheus/prometheus.yaml');

/** The OpenTelemetry Collector. @returns {Promise<string>} path of a program that accepts this repository's configuration */
export async function installCollector() {
  for (const name of ['otelcol-contrib', 'otelcol']) {
    const found = onPath(name);
    if (found !== undefined && (await succeeds(found, ['validate', '--config', COLLECTOR_CONFIG])))
      return found;
  }
  const manifest = fileURLToPath(new URL('./collector-builder.yaml', import.meta.url));
  const recipe = `${COLLECTOR_BUILDER}\n${readFileSync(manifest, 'utf8')}`;
  const what = 'the OpenTelemetry Collector';
  const folder = await builtOnce('collector', recipe, async (cwd) => {
    await go(what, ['install', COLLECTOR_BUILDER], { env: { GOBIN: cwd } });
    await go(what, ['--config', manifest], { command: join(cwd, 'builder'), cwd });
  });
  return join(folder, 'collector');
}

/** Jaeger 2 with its in-memory storage. @returns {Promise<string>} */
export async function installJaeger() {
  const found = onPath('jaeger');
  if (found !== undefined && (await succeeds(found, ['validate', '--config', JAEGER_CONFIG]))) return found;
  const what = 'Jaeger';
  const folder = await builtOnce('jaeger', JAEGER, async (target) => {
    await go(what, ['mod', 'download', JAEGER], { cwd: target });
    const { Dir } = JSON.parse(await outputOf('go', ['mod', 'download', '-json', JAEGER]));
    // As the main module, since its go.mod replaces some dependencies.
    const output = join(target, 'jaeger');
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
    await go(what, ['build', '-C', Dir, ...flags, '-o', output, './cmd/jaeger']);
  });
  return join(folder, 'jaeger');
}

/** Prometheus and promtool. @returns {Promise<{ prometheus: string, promtool: string }>} */
export async function installPrometheus() {
  const found = { prometheus: onPath('prometheus'), promtool: onPath('promtool') };
  if (found.prometheus !== undefined && found.promtool !== undefined) return found;
  const folder = await builtOnce('prometheus', PROMETHEUS_VERSION, async (target) => {
    const programs = ['prometheus', 'promtool'].map(
      (name) => `${PROMETHEUS}/cmd/${name}@${PROMETHEUS_VERSION}`,
    );
    await go('Prometheus', ['install', ...programs], { env: { GOBIN: target } });
  });
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}
