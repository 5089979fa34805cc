// Checks the files in deploy/ with the checkers of their formats.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findOnPath } from '../../scripts/backends/command.mjs';
import {
  installHadolint,
  installHelm,
  installKubeconform,
  KUBERNETES_VERSION,
} from '../../scripts/deployment/linters.mjs';
import { KUBELET_SOCKET } from '../../src/gpu/pods/kubelet.js';
import { NO_KUBELET, PROFILER_SETTINGS } from '../../src/gpu/profiler-options.js';
import { skippedIfUnavailable, temporaryFolder } from '../helpers/backends.js';

const run = promisify(execFile);
const MANIFESTS = 'deploy/kubernetes';
const CHART = 'deploy/helm/snakepit-otel';
const UNIT = 'deploy/systemd/snakepit-otel.service';

describe('Kubernetes', async () => {
  const { program, schemas } = await skippedIfUnavailable(installKubeconform, { program: '', schemas: '' });
  const helm = await skippedIfUnavailable(installHelm, '');

  /** Returns the manifests of the chart. */
  const render = async (...values: string[]): Promise<string> => {
    const set = ['image.repository=example.com/snakepit-otel', ...values].flatMap((value) => [
      '--set',
      value,
    ]);
    const { stdout } = await run(helm, [
      'template',
      'gpus',
      CHART,
      '--kube-version',
      KUBERNETES_VERSION,
      ...set,
    ]);
    return stdout;
  };
  /** Checks manifests, in which unknown keys are errors. */
  const check = (...files: string[]) => {
    const location = join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json');
    return run(program, ['-strict', '-summary', '-schema-location', location, ...files]);
  };
  const checkText = async (yaml: string) => {
    const file = join(await temporaryFolder(), 'manifest.yaml');
    await writeFile(file, yaml);
    return check(file);
  };

  test('the manifests are valid', async () => {
    const files = (await readdir(MANIFESTS)).map((name) => join(MANIFESTS, name));
    const { stdout } = await check(...files);
    expect(stdout).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
  });

  test('a manifest with a misspelled key is refused', async () => {
    const yaml = await readFile(join(MANIFESTS, 'agent.yaml'), 'utf8');
    const outcome = checkText(yaml.replace('runtimeClassName', 'runtimeClasName'));
    await expect(outcome).rejects.toMatchObject({ stdout: expect.stringContaining("'runtimeClasName'") });
  });

  test('the chart has no findings', async () => {
    const values = ['--set', 'image.repository=example.com/snakepit-otel'];
    const { stdout } = await run(helm, ['lint', '--strict', CHART, ...values]);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test.each([
    { values: [] },
    { values: ['pods=false'] },
    { values: ['eventsFolder=', 'networkPolicy.enabled=false', 'runtimeClassName='] },
    { values: ['otlpEndpoint=http://a:4318', 'image.tag=1.2.3', 'imagePullSecrets[0].name=a'] },
  ])('the manifests of the chart are valid with $values', async ({ values }) => {
    const { stdout } = await checkText(await render(...values));
    expect(stdout).toMatch(/Valid: [23], Invalid: 0, Errors: 0, Skipped: 0/);
  });

  test('the chart needs the name of an image', async () => {
    const outcome = run(helm, ['template', 'gpus', CHART]);
    await expect(outcome).rejects.toMatchObject({ stderr: expect.stringContaining('/image/repository') });
  });

  test('the chart refuses unknown values', async () => {
    await expect(render('otlpEndpont=http://a')).rejects.toMatchObject({
      stderr: expect.stringContaining('otlpEndpont'),
    });
  });

  test('containers have no more rights than they need', async () => {
    const chart = [await render(), await render('pods=false')];
    const names = await readdir(MANIFESTS);
    const manifests = await Promise.all(names.map((name) => readFile(join(MANIFESTS, name), 'utf8')));
    const documents = [...chart, ...manifests].flatMap((yaml) =>
      parseAllDocuments(yaml).map((document) => document.toJS()),
    );
    const pods = documents.flatMap(({ spec }) => spec?.template?.spec ?? []);
    expect(pods).toHaveLength(chart.length + manifests.length);
    for (const spec of pods) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      });
      const mountsKubelet = JSON.stringify(spec.volumes).includes('pod-resources');
      for (const {
        name,
        securityContext,
        ports,
        livenessProbe,
        readinessProbe,
        resources,
      } of spec.containers) {
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        const asksKubelet = mountsKubelet && ['agent', 'gpu-sampler'].includes(name);
        expect(securityContext).toMatchObject(asksKubelet ? { runAsUser: 0 } : { runAsNonRoot: true });
        expect(ports.filter(({ hostPort }: { hostPort?: number }) => hostPort !== undefined)).toEqual([]);
        expect([livenessProbe, readinessProbe, resources?.limits.memory]).not.toContain(undefined);
      }
    }
  });

  test('each workload of the manifests has a network policy, which names its ports', async () => {
    for (const file of await readdir(MANIFESTS)) {
      const documents = parseAllDocuments(await readFile(join(MANIFESTS, file), 'utf8')).map((document) =>
        document.toJS(),
      );
      const workload = documents.find(({ spec }) => spec.template !== undefined);
      const policy = documents.find(({ kind }) => kind === 'NetworkPolicy');
      expect(policy?.spec.podSelector).toEqual(workload.spec.selector);
      interface Port {
        readonly name: string;
      }
      const names = workload.spec.template.spec.containers.flatMap(({ ports }: { ports: Port[] }) =>
        ports.map(({ name }) => name),
      );
      const admitted = policy.spec.ingress.flatMap(({ ports }: { ports: { port: string }[] }) =>
        ports.map(({ port }) => port),
      );
      expect(names).toEqual(expect.arrayContaining(admitted));
    }
  });

  test('the option `pods` of the chart mounts what pods and containers are read from, or turns the kubelet off', async () => {
    const agentOf = async (...values: string[]) => {
      const documents = parseAllDocuments(await render(...values)).map((document) => document.toJS());
      return documents.find(({ kind }) => kind === 'DaemonSet').spec.template.spec;
    };
    const folders = (spec: { volumes: { hostPath?: { path: string } }[] }) =>
      spec.volumes.map(({ hostPath }) => hostPath?.path);
    const withPods = await agentOf('podResourcesFolder=/var/lib/k0s/kubelet/pod-resources');
    expect(folders(withPods)).toEqual(
      expect.arrayContaining(['/var/lib/k0s/kubelet/pod-resources', '/var/log/containers']),
    );
    const mounts = withPods.containers[0].volumeMounts;
    expect(mounts).toContainEqual({
      name: 'pod-resources',
      mountPath: dirname(KUBELET_SOCKET),
      readOnly: true,
    });
    const without = await agentOf('pods=false');
    expect(folders(without)).not.toContain('/var/log/containers');
    expect(without.containers[0].env).toContainEqual({
      name: PROFILER_SETTINGS.kubeletSocket.env,
      value: NO_KUBELET,
    });
  });
});

describe('Dockerfile', async () => {
  const hadolint = await skippedIfUnavailable(installHadolint, '');

  test('its commands make an agent that runs without the sources', async () => {
    const [build = '', image = ''] = (await readFile('deploy/Dockerfile', 'utf8')).split(/(?=^FROM gcr)/m);
    const folder = await temporaryFolder();
    const [source, root] = [join(folder, 'source'), join(folder, 'root')];
    // The tests run after the installation of the dependencies and the build.
    await mkdir(source);
    const files = ['LICENSE', 'dist', 'node_modules', 'package.json', 'package-lock.json', 'snakepit-otel'];
    await run('cp', ['--archive', ...files, source]);
    const [, commands = ''] = /^RUN ((?:.*\\\n)*.*)/m.exec(build) ?? [];
    const [install, compile, ...others] = commands.split(' && \\\n').map((command) => command.trim());
    expect([install, compile]).toEqual(['npm ci --no-audit --no-fund', 'node scripts/build.mjs']);
    for (const command of others) await run('sh', ['-c', command], { cwd: source });
    for (const [, paths = '', target = ''] of image.matchAll(
      /^COPY --from=build (?:--chown=\S+ )?(.+) (\S+)$/gm,
    ))
      for (const path of paths.split(' ')) {
        const to = target.endsWith('/') ? join(target, basename(path)) : target;
        await cp(path.replace('/app', source), join(root, to), { recursive: true, verbatimSymlinks: true });
      }
    const [, entry = '[]'] = /^ENTRYPOINT (.+)$/m.exec(image) ?? [];
    const [node, ...args]: string[] = JSON.parse(entry);
    expect(node).toBe('/nodejs/bin/node');
    const version = await run(process.execPath, [...args, '--version'], { cwd: root });
    expect(version.stdout.trim()).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
    const packages: { name: string }[] = JSON.parse(
      await readFile(join(root, 'sbom.cdx.json'), 'utf8'),
    ).components;
    const names = packages.map(({ name }) => name);
    expect(names).toContain('koffi');
    expect(names).not.toContain('typescript');
  });

  test('hadolint finds nothing', async () => {
    const { stdout } = await run(hadolint, ['deploy/Dockerfile']);
    expect(stdout).toBe('');
  });
});

describe('systemd', () => {
  const analyze = async (...args: string[]) => {
    const { stdout, stderr } = await run('systemd-analyze', args);
    return `${stdout}${stderr}`;
  };
  const isInstalled = findOnPath('systemd-analyze') !== undefined;

  test('the unit is valid', async ({ skip }) => {
    if (!isInstalled) skip('systemd-analyze is not installed.');
    expect(await analyze('verify', UNIT)).toBe('');
  });

  test('the unit has a sandbox', async ({ skip }) => {
    if (!isInstalled) skip('systemd-analyze is not installed.');
    // The command fails above the threshold: 2.5 of 10.
    const report = await analyze('security', '--offline=true', '--threshold=25', UNIT);
    expect(report).toMatch(/Overall exposure level for snakepit-otel.service: [\d.]+ OK/);
  });
});
