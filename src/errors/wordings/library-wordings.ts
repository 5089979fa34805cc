import type { PythonErrorEvent } from '../classification.js';
import type { MessagePattern } from '../message-pattern.js';

/** Messages of one library by class, from which values are read exactly. The class is decided by rules; see `rules/`. */
export type LibraryWordings = Readonly<Partial<Record<PythonErrorEvent, readonly MessagePattern[]>>>;
