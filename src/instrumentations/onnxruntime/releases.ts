import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import { optionsOf } from '../options/active-options.js';
import { beforeCallsOf } from '../patching/wrap-method.js';
import { sessionOf } from './sessions.js';

/** Records the releases of sessions. @returns function that restores the class */
export const recordReleases = (sessionClass: { readonly prototype: object }): (() => void) =>
  beforeCallsOf(sessionClass.prototype, 'release', 'Recording a released model', (object) => {
    const session = sessionOf(object, optionsOf('onnxruntime'));
    if (session.isReleased) return;
    session.isReleased = true;
    const { loadedAt, metadata } = session;
    if (loadedAt === undefined) return;
    execute('snakepit.model.released', { lifetime: nanoseconds(performance.now() - loadedAt) }, metadata);
  });
