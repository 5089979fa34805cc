// For each source that reads files: a card with every file that the source reads.

export const FULL_AMDGPU = {
  'device/uevent': 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c1:00.0',
  'device/unique_id': 'a32343daf897162a',
  'device/product_name': 'Instinct MI210',
  'device/driver/module/version': '6.10.5',
  'device/mem_info_vram_total': '68702699520',
  'device/mem_info_vram_used': '11132928',
  'device/gpu_busy_percent': '37',
  'device/mem_busy_percent': '12',
  'device/ras/umc_err_count': 'ue: 1\nce: 20',
  'device/hwmon/hwmon5/name': 'amdgpu',
  'device/hwmon/hwmon5/temp1_input': '43000',
  'device/hwmon/hwmon5/temp2_input': '46000',
  'device/hwmon/hwmon5/power1_average': '41500000',
  'device/hwmon/hwmon5/power1_cap': '300000000',
  'device/hwmon/hwmon5/energy1_input': '90000000',
  'device/hwmon/hwmon5/freq1_input': '1700000000',
  'device/hwmon/hwmon5/freq2_input': '1600000000',
  'device/hwmon/hwmon5/pwm1': '51',
  'device/hwmon/hwmon5/pwm1_max': '255',
};

export const FULL_I915 = {
  'device/uevent': 'DRIVER=i915\nPCI_SLOT_NAME=0000:03:00.0',
  'device/driver/module/version': '1.25.2',
  lmem_total_bytes: '17179869184',
  lmem_avail_bytes: '16106127360',
  'gt/gt0/rps_act_freq_mhz': '1550',
  'gt/gt0/rc6_residency_ms': '5000',
  'device/hwmon/hwmon4/name': 'i915_gt0',
  'device/hwmon/hwmon4/energy1_input': '1',
  'device/hwmon/hwmon5/name': 'i915',
  'device/hwmon/hwmon5/temp1_input': '52000',
  'device/hwmon/hwmon5/power1_max': '190000000',
  'device/hwmon/hwmon5/energy1_input': '100000000',
};
