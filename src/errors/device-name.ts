/** Kinds of devices whose names in frameworks differ from Snakepit's. */
const KINDS: Readonly<Record<string, string>> = { gpu: 'cuda', hip: 'rocm' };
/** Kinds of which a host has one device: an index is dropped. */
const SINGLE = new Set(['cpu', 'mps', 'meta']);

/** PyTorch tensor classes, which name the device: `torch.cuda.FloatTensor`, `MPSFloatType` and, on the CPU, `torch.FloatTensor`. */
const TENSOR = /^(?:torch\.(?:(\w+)\.)?\w+tensor|(cuda|cpu|mps|xpu|hip)\w+type)$/i;

/** Returns Snakepit's name of a device: `GPU:1` → `cuda:1`, `HIP` → `rocm`, `cpu:0` → `cpu`. */
export function deviceName(text: string): string {
  const tensor = TENSOR.exec(text);
  const [word = '', index] = tensor ? [tensor[1] ?? tensor[2] ?? 'cpu'] : text.split(/:| device /i);
  const kind = KINDS[word.toLowerCase()] ?? word.toLowerCase();
  return index === undefined || SINGLE.has(kind) ? kind : `${kind}:${index}`;
}
