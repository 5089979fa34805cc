import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  COLLECTOR_CONFIG,
  installCollector,
  installJaeger,
  installPrometheus,
  JAEGER_CONFIG,
  PROMETHEUS_CONFIG,
} from './install.mjs';
import { freePorts } from './ports.mjs';
import { startProgram, stopProgram } from './program.mjs';

const PREFERRED_PORTS = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  collectorMetrics: 8889,
  collectorHealth: 13133,
  collectorTelemetry: 8888,
  jaegerOtlp: 14317,
  jaegerQuery: 16686,
  jaegerQueryGrpc: 16685,
  jaegerHealth: 14133,
  prometheus: 9090,
};

/**
 * @typedef {object} Backends
 * @property {import('./program.mjs').Program[]} programs
 * @property {Record<keyof typeof PREFERRED_PORTS, number>} ports
 */

/** Returns the paths of the programs, installing those that are missing. @throws {BackendUnavailable} */
export async function installBackends() {
  const collector = await installCollector();
  const jaeger = await installJaeger();
  const { prometheus, promtool } = await installPrometheus();
  return { collector, jaeger, prometheus, promtool };
}

/**
 * Starts Jaeger, the Collector in front of it, and Prometheus, all on loopback. If one fails to start, stops the others.
 *
 * @param {object} options
 * @param {string} options.folder for logs and data
 * @param {'preferred' | 'any'} options.ports `preferred`: the default ports if they are free; `any`: any free ports
 * @param {Record<string, string>} [options.scrape] additional Prometheus targets: job → host:port
 * @param {string} [options.scrapeInterval] for example `1s`. Default: the configuration's
 * @returns {Promise<Backends>}
 */
export async function startBackends({ folder, ports: choice, scrape = {}, scrapeInterval }) {
  const installed = await installBackends();
  const any = Object.fromEntries(Object.keys(PREFERRED_PORTS).map((name) => [name, 0]));
  const ports = await freePorts(choice === 'any' ? any : PREFERRED_PORTS);
  mkdirSync(folder, { recursive: true });
  const targets = { 'otel-collector': `127.0.0.1:${ports.collectorMetrics}`, ...scrape };
  const config = writePrometheusConfig(folder, targets, scrapeInterval);
  const starts = await Promise.allSettled([
    startProgram(jaegerProgram(installed.jaeger, ports, folder)),
    startProgram(collectorProgram(installed.collector, ports, folder)),
    startProgram(prometheusProgram(installed.prometheus, config, ports, folder)),
  ]);
  const programs = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(programs.map(stopProgram));
    throw failed.reason;
  }
  return { programs, ports };
}

/** Returns the environment variables with the backends' URLs. @param {Backends} backends */
export const environmentOf = ({ ports }) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlpHttp}`,
  JAEGER_QUERY_URL: `http://127.0.0.1:${ports.jaegerQuery}`,
  PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus}`,
});

/** Returns the options of `startProgram` for the Collector. */
export const collectorProgram = (command, ports, folder) => ({
  name: 'collector',
  command,
  args: ['--config', COLLECTOR_CONFIG],
  env: {
    OTEL_COLLECTOR_GRPC_PORT: String(ports.otlpGrpc),
    OTEL_COLLECTOR_HTTP_PORT: String(ports.otlpHttp),
    OTEL_COLLECTOR_HEALTH_PORT: String(ports.collectorHealth),
    OTEL_COLLECTOR_TELEMETRY_PORT: String(ports.collectorTelemetry),
    COLLECTOR_PROMETHEUS_PORT: String(ports.collectorMetrics),
    JAEGER_OTLP_ENDPOINT: `127.0.0.1:${ports.jaegerOtlp}`,
  },
  healthUrl: `http://127.0.0.1:${ports.collectorHealth}/`,
  folder,
});

const jaegerProgram = (command, ports, folder) => ({
  name: 'jaeger',
  command,
  args: ['--config', JAEGER_CONFIG],
  env: {
    JAEGER_OTLP_GRPC_PORT: String(ports.jaegerOtlp),
    JAEGER_QUERY_PORT: String(ports.jaegerQuery),
    JAEGER_QUERY_GRPC_PORT: String(ports.jaegerQueryGrpc),
    JAEGER_HEALTH_PORT: String(ports.jaegerHealth),
  },
  healthUrl: `http://127.0.0.1:${ports.jaegerHealth}/status`,
  folder,
});

const prometheusProgram = (command, config, ports, folder) => ({
  name: 'prometheus',
  command,
  args: [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'prometheus-data')}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
  ],
  healthUrl: `http://127.0.0.1:${ports.prometheus}/-/ready`,
  folder,
});

/** Writes the repository's Prometheus configuration with these targets into the folder. @returns {string} its path */
function writePrometheusConfig(folder, targets, scrapeInterval) {
  const config = parse(readFileSync(PROMETHEUS_CONFIG, 'utf8'));
  if (scrapeInterval !== undefined) config.global.scrape_interval = scrapeInterval;
  config.rule_files = config.rule_files.map((file) => resolve(dirname(PROMETHEUS_CONFIG), file));
  const [collectorJob] = config.scrape_configs;
  config.scrape_configs = Object.entries(targets).map(([job, target]) => ({
    ...collectorJob,
    job_name: job,
    static_configs: [{ targets: [target] }],
  }));
  const path = join(folder, 'prometheus.yaml');
  writeFileSync(path, stringify(config));
  return path;
}
