// Texts of /proc/PID/fdinfo/FD in the form that kernels print.

/** Linux 6.13, from the description of the change that added the statistics. */
export const AMDGPU_FDINFO = `pos:\t0
flags:\t02100002
mnt_id:\t24
ino:\t1239
drm-driver:\tamdgpu
drm-client-id:\t4
drm-pdev:\t0000:04:00.0
pasid:\t32771
drm-total-cpu:\t0
drm-shared-cpu:\t0
drm-active-cpu:\t0
drm-resident-cpu:\t0
drm-purgeable-cpu:\t0
drm-total-gtt:\t2392 KiB
drm-shared-gtt:\t0
drm-active-gtt:\t0
drm-resident-gtt:\t2392 KiB
drm-purgeable-gtt:\t0
drm-total-vram:\t44564 KiB
drm-shared-vram:\t31952 KiB
drm-active-vram:\t0
drm-resident-vram:\t44564 KiB
drm-purgeable-vram:\t0
drm-memory-vram:\t44564 KiB
drm-memory-gtt: \t2392 KiB
drm-memory-cpu: \t0 KiB
amd-memory-visible-vram:\t44564 KiB
amd-evicted-vram:\t0 KiB
amd-requested-vram:\t44564 KiB
amd-requested-gtt:\t2392 KiB
drm-engine-compute:\t46464671 ns
`;

/** Linux 5.19 to 6.12. */
export const AMDGPU_OLD_FDINFO = `pos:    0
flags:  02104002
mnt_id: 24
ino:    614
pasid:  32784
drm-driver:     amdgpu
drm-pdev:       0000:08:00.0
drm-client-id:  217
drm-memory-vram:        2068 KiB
drm-memory-gtt:         8192 KiB
drm-memory-cpu:         0 KiB
drm-engine-gfx: 107322799 ns
`;

/** Manual page proc_pid_fdinfo(5). */
export const I915_FDINFO = `pos:    0
flags:  02100002
mnt_id: 26
ino:    284
drm-driver:     i915
drm-client-id:  39
drm-pdev:       0000:00:02.0
drm-total-system0:      6044 KiB
drm-shared-system0:     0
drm-active-system0:     0
drm-resident-system0:   6044 KiB
drm-purgeable-system0:  1688 KiB
drm-total-stolen-system0:       0
drm-shared-stolen-system0:      0
drm-active-stolen-system0:      0
drm-resident-stolen-system0:    0
drm-purgeable-stolen-system0:   0
drm-engine-render:      346249 ns
drm-engine-copy:        0 ns
drm-engine-video:       0 ns
drm-engine-capacity-video:      2
drm-engine-video-enhance:       0 ns
`;

/** Documentation of the driver in the kernel. */
export const XE_FDINFO = `pos:    0
flags:  0100002
mnt_id: 26
ino:    685
drm-driver:     xe
drm-client-id:  3
drm-pdev:       0000:03:00.0
drm-total-system:       0
drm-shared-system:      0
drm-active-system:      0
drm-resident-system:    0
drm-purgeable-system:   0
drm-total-gtt:  192 KiB
drm-shared-gtt: 0
drm-active-gtt: 0
drm-resident-gtt:       192 KiB
drm-total-vram0:        23992 KiB
drm-shared-vram0:       16 MiB
drm-active-vram0:       0
drm-resident-vram0:     23992 KiB
drm-total-stolen:       0
drm-shared-stolen:      0
drm-active-stolen:      0
drm-resident-stolen:    0
drm-cycles-rcs: 28257900
drm-total-cycles-rcs:   7655183225
drm-cycles-bcs: 0
drm-total-cycles-bcs:   7655183225
drm-cycles-vcs: 0
drm-total-cycles-vcs:   7655183225
drm-engine-capacity-vcs:        2
drm-cycles-vecs:        0
drm-total-cycles-vecs:  7655183225
drm-engine-capacity-vecs:       2
drm-cycles-ccs: 0
drm-total-cycles-ccs:   7655183225
drm-engine-capacity-ccs:        4
`;

/** Returns a text with other values of some keys. Keys that it lacks are added. */
export function withValues(text: string, values: Record<string, string>): string {
  let result = text;
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^${key}:.*$`, 'm');
    result = line.test(result) ? result.replace(line, `${key}:\t${value}`) : `${result}${key}:\t${value}\n`;
  }
  return result;
}
