import type { LibraryWordings } from './library-wordings.js';

/** Wordings of PyTorch: memory. */
export const torchMemory: LibraryWordings = {
  'snakepit.error.oom': [{ patterns: 'CPUAllocator.cpp… posix_memalign' }],
};
