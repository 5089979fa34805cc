/** Frameworks' words for devices that Snakepit has names for. */
const KINDS: Readonly<Record<string, string>> = { gpu: 'cuda', hip: 'rocm' };
/** Hosts have one of these; an index says nothing. */
const SINGLE = new Set(['cpu', 'mps', 'meta']);

/**
 * PyTorch's classes of tensors tell the device too: `torch.cuda.FloatTensor`, `MPSFloatType` and, on the CPU,
 * `torch.FloatTensor`.
 */
const TENSOR = /^(?:torch\.(?:(\w+)\.)?\w+tensor|(cuda|cpu|mps|xpu|hip)\w+type)$/i;

/** `GPU:1` → `cuda:1`, `HIP` → `rocm`, `cpu:0` → `cpu`. */
export function deviceName(text: string): string {
  const tensor = TENSOR.exec(text);
  const [word = '', index] = tensor ? [tensor[1] ?? tensor[2] ?? 'cpu'] : text.split(/:| device /i);
  const kind = KINDS[word.toLowerCase()] ?? word.toLowerCase();
  return index === undefined || SINGLE.has(kind) ? kind : `${kind}:${index}`;
}
