import { types } from 'node:util';

const copies = new WeakMap<object, object>();

/** Returns a copy of the exports if they are those of an ES module, which cannot be patched: `require` returns them as they are. */
export function mutableCopy(exports: object): object {
  if (!types.isModuleNamespaceObject(exports)) return exports;
  const copy = copies.get(exports) ?? Object.assign(Object.create(null), exports);
  copies.set(exports, copy);
  return copy;
}
