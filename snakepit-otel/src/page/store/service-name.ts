import type { Resource } from '@opentelemetry/resources';

const SERVICE_NAME = 'service.name';
const names = new WeakMap<Resource, string>();

/** Returns the name of the service. Attributes that are not known yet are not read: the SDK would log an error. */
export function serviceName(resource: Resource): string {
  const known = names.get(resource);
  if (known !== undefined) return known;
  const raw = resource.getRawAttributes?.() ?? Object.entries(resource.attributes);
  const found = raw.find(([key, value]) => key === SERVICE_NAME && typeof value === 'string');
  const name = String(found?.[1] ?? '');
  names.set(resource, name);
  return name;
}
