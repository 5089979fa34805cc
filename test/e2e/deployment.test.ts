// Validates the Kubernetes and Docker Compose files: by their schema, and their configuration by the programs they start.
import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DaemonSet, Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { KUBELET_SOCKET } from '../../src/gpu/pods/kubelet.js';
import { installed } from '../helpers/backends.js';

const programs = await installed();
const run = promisify(execFile);
const text = (path: string) => readFile(path, 'utf8');

/** Path in a container → path in this repository. */
const MOUNTED: Record<string, string> = {
  '/etc/otel/otel-collector.yaml': 'otel-collector.yaml',
  '/etc/otel/agent.yaml': 'deploy/collector/agent.yaml',
  '/etc/otel/gateway.yaml': 'deploy/collector/gateway.yaml',
  '/etc/jaeger/jaeger.yaml': 'deploy/jaeger/jaeger.yaml',
};

/** Validates a container's configuration with the real program, under the container's arguments and environment. */
async function validate(image: string, args: readonly string[], env: Record<string, string>) {
  const program = image.includes('jaeger') ? programs.jaeger : programs.collector;
  const configs = args.map((arg) => arg.replace(/\/etc\/.*/, (path) => MOUNTED[path] ?? path));
  await run(program, ['validate', ...configs], { env });
}

describe('Kubernetes', () => {
  const KINDS = { DaemonSet, Deployment, NetworkPolicy, PodDisruptionBudget, Service };
  const manifests = (file: string) =>
    text(`deploy/kubernetes/${file}`).then((yaml) =>
      parseAllDocuments(yaml).map((document) => document.toJS()),
    );
  const files = ['agent.yaml', 'gateway.yaml', 'jaeger.yaml'];

  test.each(files)('%s is valid by the Kubernetes schema', async (file) => {
    for (const manifest of await manifests(file)) {
      const Kind = KINDS[manifest.kind as keyof typeof KINDS];
      new Kind(manifest).validate();
      expect(new Kind(manifest).toJSON()).toMatchObject({
        apiVersion: manifest.apiVersion,
        kind: manifest.kind,
      });
    }
  });

  test.each(files)('the containers of %s accept their configuration', async (file) => {
    interface Container {
      readonly image: string;
      readonly args?: readonly string[];
      readonly env: readonly { readonly name: string; readonly value?: string }[];
    }
    const containers: Container[] = (await manifests(file)).flatMap(
      ({ spec }) => spec.template?.spec.containers ?? [],
    );
    const configured = containers.filter(({ args }) => args !== undefined);
    expect(configured).not.toEqual([]);
    for (const { image, args = [], env } of configured) {
      await validate(image, args, Object.fromEntries(env.map(({ name, value = '' }) => [name, value])));
    }
  });
});

describe('the agent of a node', () => {
  test('has the rights to ask the kubelet and to read processes, and no others', async () => {
    const [agent] = parseAllDocuments(await text('deploy/kubernetes/agent.yaml'));
    const { spec } = agent?.toJS().spec.template ?? {};
    const [sampler] = spec.containers;
    expect(sampler.securityContext).toEqual({
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(spec).toMatchObject({
      hostPID: true,
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    });
    const ofHost = spec.volumes.filter((volume: object) => 'hostPath' in volume);
    const folders = ofHost.map(({ hostPath }: { hostPath: { path: string } }) => hostPath.path);
    expect(folders).toEqual([dirname(KUBELET_SOCKET), '/var/log/containers']);
    for (const { name, hostPath } of ofHost)
      expect(sampler.volumeMounts).toContainEqual({ name, mountPath: hostPath.path, readOnly: true });
    expect(Object.keys(spec)).not.toContain('serviceAccountName');
  });
});

describe('Docker Compose', async () => {
  interface ComposeService {
    readonly image: string;
    readonly command?: readonly string[];
    readonly environment?: Record<string, string>;
    readonly volumes?: readonly string[];
    readonly ports?: readonly string[];
  }
  const { services }: { services: Record<string, ComposeService> } = parse(await text('deploy/compose.yaml'));

  test.each(['collector', 'jaeger'])('%s accepts its configuration', async (name) => {
    const { image = '', command = [], environment = {} } = services[name] ?? {};
    await validate(image, command, environment);
  });

  test('mounts files that exist and publishes ports on loopback only', async () => {
    for (const { image, volumes = [], ports = [] } of Object.values(services)) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      const files = volumes.filter((volume) => volume.startsWith('.'));
      for (const file of files) await access(resolve('deploy', file.split(':')[0] ?? ''));
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});
