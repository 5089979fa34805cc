import { expect, test } from 'vitest';
import { SnakepitInstrumentation } from '../../../src/index.js';

const configure = (instrumentations: unknown) => () =>
  new SnakepitInstrumentation({ enabled: false, instrumentations: instrumentations as object });

test('accepts the options of each library', () => {
  const options = {
    enabled: false,
    requireParentSpan: false,
    ignore: () => true,
    startHook() {},
    endHook() {},
    nameOf: () => 'model',
  };
  const instrumentation = configure({ onnxruntime: options })();
  expect(instrumentation.getConfig().instrumentations).toEqual({ onnxruntime: options });
});

test.for<[unknown, string]>([
  [{ onnx: {} }, 'option of instrumentations'],
  [{ onnxruntime: { hook() {} } }, 'option of instrumentations.onnxruntime'],
  [{ onnxruntime: { enabled: 'no' } }, 'instrumentations.onnxruntime.enabled'],
  [{ onnxruntime: { ignore: true } }, 'instrumentations.onnxruntime.ignore'],
  [{ workerpool: { hook() {} } }, 'option of instrumentations.workerpool'],
  ...['requireParentSpan', 'startHook', 'endHook'].map((option): [unknown, string] => [
    { genericPool: { [option]: true } },
    'option of instrumentations.genericPool',
  ]),
  [{ genericPool: { nameOf: 'name' } }, 'instrumentations.genericPool.nameOf'],
  [{ onnxruntime: true }, 'instrumentations.onnxruntime'],
  [[], 'instrumentations'],
])('rejects %j and names the option', ([instrumentations, setting]) => {
  expect(configure(instrumentations)).toThrow(setting);
});
