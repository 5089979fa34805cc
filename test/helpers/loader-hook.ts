import { pathToFileURL } from 'node:url';

/**
 * Returns a module for `--import` that registers OpenTelemetry's loader hook for ES modules. The hook is synchronous if this Node
 * supports that: `module.register()`, which the asynchronous hook needs, is deprecated in Node 26.
 *
 * @param folder where `@opentelemetry/instrumentation` is installed
 * @param include packages to wrap; all if absent
 * @see https://github.com/nodejs/import-in-the-middle#readme
 */
export function loaderHook(folder: string, include?: readonly string[]): string {
  const base = JSON.stringify(pathToFileURL(`${folder}/`).href);
  const options = JSON.stringify(include && { include });
  const program = `
    import { createRequire, register } from 'node:module';
    import { pathToFileURL } from 'node:url';
    const { resolve } = createRequire(createRequire(${base}).resolve('@opentelemetry/instrumentation'));
    const load = (file) => import(pathToFileURL(resolve('import-in-the-middle/' + file)));
    const { supportsSyncHooks } = await load('supports-sync-hooks.mjs');
    if (supportsSyncHooks()) (await load('register-hooks.mjs')).register(${options});
    else register('@opentelemetry/instrumentation/hook.mjs', ${base}, { data: ${options} });`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}
