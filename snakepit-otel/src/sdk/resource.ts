import type { ResourceConfigModel } from '@opentelemetry/configuration';
import {
  defaultResource,
  detectResources,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { resourceAttributes } from '../configuration/merge-lists.js';
import { attributeFilter } from './attribute-filter.js';
import { printWarning } from './print-warning.js';
import { onlyEntry, warnUnsupported } from './warn-unsupported.js';

const DETECTORS: Readonly<Record<string, ResourceDetector>> = {
  host: hostDetector,
  os: osDetector,
  process: processDetector,
  service: serviceInstanceIdDetector,
};

/** Builds the resource. Attributes of the model have precedence over those that are detected. */
export function buildResource(model: ResourceConfigModel = {}): Resource {
  const detection = model['detection/development'];
  const keep = attributeFilter(detection?.attributes);
  const detectors = (detection?.detectors ?? []).flatMap((entry): ResourceDetector[] => {
    const [name] = onlyEntry('resource detector', entry);
    const detector = DETECTORS[name];
    if (detector === undefined) warnUnsupported('resource.detection', entry, []);
    return detector === undefined ? [] : [filtered(detector, keep)];
  });
  const attributes = resourceAttributes(model, printWarning);
  const given = Object.fromEntries(attributes.map(({ name, value }) => [name, value ?? undefined]));
  return defaultResource()
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes(given, { schemaUrl: model.schema_url ?? undefined }));
}

const filtered = (detector: ResourceDetector, keep: (name: string) => boolean): ResourceDetector => ({
  detect: (config) => {
    const { attributes = {}, ...rest } = detector.detect(config);
    return {
      ...rest,
      attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => keep(name))),
    };
  },
});
