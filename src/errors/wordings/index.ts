import { dgl } from './dgl.js';
import { einops } from './einops.js';
import { jax } from './jax.js';
import type { LibraryWordings } from './library-wordings.js';
import { mlx } from './mlx.js';
import { numpy } from './numpy.js';
import { onnxruntime } from './onnxruntime.js';
import { openvino } from './openvino.js';
import { paddle } from './paddle.js';
import { sklearn } from './sklearn.js';
import { tensorflow } from './tensorflow.js';
import { torchDevices } from './torch-devices.js';
import { torchDtypes } from './torch-dtypes.js';
import { torchMemory } from './torch-memory.js';
import { torchRanks } from './torch-ranks.js';
import { torchShapes } from './torch-shapes.js';
import { torchvision } from './torchvision.js';

/** Wordings by library, in order of priority: the first that matches provides the values. */
export const wordings = {
  paddle,
  torch: { ...torchShapes, ...torchDtypes, ...torchDevices, ...torchRanks, ...torchMemory },
  numpy,
  sklearn,
  jax,
  tensorflow,
  onnxruntime,
  einops,
  mlx,
  torchvision,
  dgl,
  openvino,
} satisfies Readonly<Record<string, LibraryWordings>>;

/** Name of a library that has wordings. */
export type Library = keyof typeof wordings;
