// Installs the programs of the backends: uses those on PATH if they fit, else builds them with Go into the cache.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './cache.mjs';
import { findOnPath, go, outputOf, succeeds } from './command.mjs';

const COLLECTOR_BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.161.0';
/** Jaeger 2.13: the Go module keeps the version numbers of Jaeger 1. */
const JAEGER = 'github.com/jaegertracing/jaeger@v1.76.0';
const PROMETHEUS = 'github.com/prometheus/prometheus';
const PROMETHEUS_VERSION = 'v0.316.0';

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const COLLECTOR_CONFIG = inRepository('otel-collector.yaml');
export const JAEGER_CONFIG = inRepository('deploy/jaeger/jaeger.yaml');
export const PROMETHEUS_CONFIG = inRepository('deploy/prometheus/prometheus.yaml');

/** Installs the OpenTelemetry Collector. @returns {Promise<string>} path of a program that accepts this repository's configuration */
export async function installCollector() {
  for (const name of ['otelcol-contrib', 'otelcol']) {
    const found = findOnPath(name);
    if (found !== undefined && (await succeeds(found, ['validate', '--config', COLLECTOR_CONFIG])))
      return found;
  }
  const manifest = fileURLToPath(new URL('./collector-builder.yaml', import.meta.url));
  const components = readFileSync(manifest, 'utf8').replaceAll(/^ *#.*\n/gm, '');
  const recipe = `${COLLECTOR_BUILDER}\n${components}`;
  const folder = await builtOnce('collector', recipe, async (cwd) => {
    await go('OpenTelemetry Collector', ['install', COLLECTOR_BUILDER], { env: { GOBIN: cwd } });
    await go('OpenTelemetry Collector', ['--config', manifest], { command: join(cwd, 'builder'), cwd });
  });
  return join(folder, 'collector');
}

/** Installs Jaeger 2. @returns {Promise<string>} path */
export async function installJaeger() {
  const found = findOnPath('jaeger');
  if (found !== undefined && (await succeeds(found, ['validate', '--config', JAEGER_CONFIG]))) return found;
  const folder = await builtOnce('jaeger', JAEGER, async (target) => {
    await go('Jaeger', ['mod', 'download', JAEGER], { cwd: target });
    const { Dir } = JSON.parse(await outputOf('go', ['mod', 'download', '-json', JAEGER]));
    // Builds it as the main module: `go install` rejects a go.mod with `replace` directives.
    const output = join(target, 'jaeger');
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
    await go('Jaeger', ['build', '-C', Dir, ...flags, '-o', output, './cmd/jaeger']);
  });
  return join(folder, 'jaeger');
}

/** Installs Prometheus and promtool. @returns {Promise<{ prometheus: string, promtool: string }>} paths */
export async function installPrometheus() {
  const found = { prometheus: findOnPath('prometheus'), promtool: findOnPath('promtool') };
  if (found.prometheus !== undefined && found.promtool !== undefined) return found;
  const folder = await builtOnce('prometheus', PROMETHEUS_VERSION, async (target) => {
    const programs = ['prometheus', 'promtool'].map(
      (name) => `${PROMETHEUS}/cmd/${name}@${PROMETHEUS_VERSION}`,
    );
    await go('Prometheus', ['install', ...programs], { env: { GOBIN: target } });
  });
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}
