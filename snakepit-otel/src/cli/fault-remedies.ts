/** What to do about a fault of a GPU source, by the words of its cause. The first that matches applies. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /descriptors of other users/i,
    'run as root or with the capability CAP_SYS_PTRACE, in a container also with hostPID; the processes of this user are listed meanwhile',
  ],
  [
    /insufficient permissions|no permission/i,
    'give this user or container access to the GPU; a MIG container may read its slice, and not its GPU',
  ],
  [
    /inforom is corrupted/i,
    'update the firmware of the card, or replace it; its other readings are used meanwhile',
  ],
  [/function not found|no such function/i, 'update the NVIDIA driver: it does not know this reading'],
  [/requires? (?:a )?reset/i, 'reset the GPU with nvidia-smi --gpu-reset, or restart the host'],
  [
    /gpu is lost|unable to determine the device handle/i,
    'check the kernel log for NVRM and Xid, power and slot of the card; restart the host',
  ],
  [/impossible value/i, 'update the driver; the value is left out, and the other readings are used'],
  [
    /no answer within|time limit|not printed all|not finished/i,
    'enable persistence mode (nvidia-smi -pm 1), or raise SNAKEPIT_OTEL_GPU_TIMEOUT_MS',
  ],
  [/fewer gpus/i, 'wait for the driver to print all GPUs; if that lasts, check the kernel log for NVRM'],
  [
    /too much output/i,
    'check which program this nvidia-smi is; SNAKEPIT_OTEL_NVIDIA_SMI selects another one',
  ],
  [
    /unreadable line|no output/i,
    'run nvidia-smi on this host and read its messages; SNAKEPIT_OTEL_NVIDIA_SMI selects another program',
  ],
  [/version mismatch/i, 'reload the nvidia kernel module, or restart the host'],
  [
    /couldn't communicate|could not communicate/i,
    'load the nvidia kernel module, or install the NVIDIA driver',
  ],
];

/** Returns the remedy for a fault; `undefined` if its text names one itself. */
export function remedyFor(detail: string): string | undefined {
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(detail)) ?? [];
  if (remedy !== undefined) return remedy;
  return detail.includes('; ') ? undefined : 'check the kernel log (dmesg) for messages of the driver';
}
