// Removes the catalog's events from the API pages: docs/events.md documents them, and is a page of the same site.
import { Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const eventMaps = project
      .getReflectionsByKind(ReflectionKind.Interface)
      .filter(({ name }) => name === 'EventMap');
    for (const eventMap of eventMaps) {
      for (const event of [...(eventMap.children ?? [])]) project.removeReflection(event);
    }
  });
}
