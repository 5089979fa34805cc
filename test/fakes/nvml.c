/* Fake of NVIDIA's management library. It returns the values in the file `script` beside it.
 *
 * Its layouts and return codes follow NVIDIA's documentation, independently of the code under test.
 * The script is read when the library is initialized. If it has changed, it is read again when devices are counted and
 * when the memory of the first device is read.
 * Each line is TARGET KEY VALUES…. TARGET is `-` (the driver), `*` (all GPUs), `2` (a GPU) or `2:0` (a MIG device):
 *
 *   - driver TEXT          - cuda NUMBER          - epoch NUMBER (a new one means that the driver was reloaded)
 *   - final 1 (the script is not read again)      - start UNIXSECONDS
 *   0 uuid TEXT            0 name TEXT            0 pci DOMAIN BUS DEVICE (hexadecimal)
 *   0 memory TOTAL RESERVED FREE USED (bytes)     0 utilization GPU MEMORY      0 codecs ENCODER DECODER (percent)
 *   0 celsius N            0 power MILLIWATTS LIMIT     0 energy MILLIJOULES    0 clocks GRAPHICS SM MEMORY VIDEO
 *   0 reasons BITS         0 fans PERCENT…        0 pcie SENT RECEIVED (KB/s)   0 ecc CORRECTED UNCORRECTED [both over the lifetime]
 *   0 compute PID BYTES    0 graphics PID BYTES (-1: unknown)                   0 xid CODE (once for each new script)
 *   0 failingFan INDEX     0 serial TEXT          0 vbios TEXT
 *   0 link GENERATION MAXGENERATION WIDTH MAXWIDTH                              0 replays N
 *   0 field ID SCOPE TYPE VALUE CODE (an nvmlFieldValue_t; TYPE as nvmlValueType_t, VALUE as its bits)
 *   0 gpm SUPPORTED        0 metric ID VALUE CODE (of nvmlGpmMetricsGet)
 *   0 mps PID BYTES (PID 0: supported, without clients)
 *   0 use PID TIMESTAMP SM MEMORY ENCODER DECODER (µs; percent)                 0 usable 1 (nobody has used it)
 *   0 mig ENABLED          0 return FUNCTION CODE       0 hang FUNCTION         0 delay FUNCTION MILLISECONDS
 *   0 load FROM TO MILLIWATTS BYTES PERCENT  (FROM and TO are seconds after `- start`; energy is then the integral of
 *                                             power)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { GPUS = 64, MIG_DEVICES = 8, FANS = 4, PROCESSES = 256, LOADS = 16, RULES = 64, XIDS = 128, FUNCTIONS = 128, FIELDS = 96, METRICS = 24 };
enum { DONE = 0, NOT_INITIALIZED = 1, BAD_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, TIMED_OUT = 10 };

typedef uint32_t u32;
typedef uint64_t u64;

struct process { u32 pid; u64 bytes; };
struct use { u32 pid; u64 timestamp; u32 percent[4]; };
struct field { u32 id, scope, type, code; u64 value; };
struct metric { u32 id, code; double value; };
struct load { double from, to, milliwatts, bytes, percent; };
struct device {
  int present, index, mig_index, mig_mode;
  char uuid[80], name[96];
  u32 domain, bus, device;
  int has_memory, has_utilization, has_codecs, has_celsius, has_power, has_energy, has_clocks, has_reasons, has_pcie, has_ecc;
  u64 total, reserved, free, used, energy, reasons, errors[2][2];
  u32 gpu, controller, encoder, decoder, celsius, power, limit, clocks[4], sent, received;
  int fans, failing_fan, has_failing_fan; u32 fan[FANS];
  char serial[30], vbios[32];
  int has_link, has_replays, has_gpm, gpm_supported, has_mps, has_use; u32 link[4], replays;
  int fields, metrics, uses; struct field field[FIELDS]; struct metric metric[METRICS]; struct use use[PROCESSES];
  int processes[3]; struct process process[3][PROCESSES];
  int loads; struct load load[LOADS];
};
struct rule { int gpu, mig_index; char function[64]; int hangs, code; u32 delay_ms; };

static struct device devices[GPUS][MIG_DEVICES + 1];
static struct rule rules[RULES];
static int rule_count, gpu_count, references;
static char driver[80];
static int cuda;
static int final;
static double start;
static long epoch, initialized_epoch;
static struct { struct device *device; u64 code; } xids[XIDS];
static int xid_count;
static struct counter { const char *name; int calls; } counted[FUNCTIONS];
static struct stat seen;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void pause_ms(u32 ms) {
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&t, NULL);
}

static void script_path(char *path, size_t size) {
  Dl_info self;
  dladdr((void *)script_path, &self);
  snprintf(path, size, "%s", self.dli_fname);
  char *slash = strrchr(path, '/');
  snprintf(slash + 1, size - (slash + 1 - path), "script");
}

static void read_line(struct device *device, int gpu, int mig_index, const char *key, const char *rest) {
  struct rule *rule = &rules[rule_count];
  struct process p;
  struct load *l = &device->load[device->loads < LOADS ? device->loads : LOADS - 1];
  u64 code;
#define IS(word) (strcmp(key, word) == 0)
  if (IS("uuid")) snprintf(device->uuid, sizeof device->uuid, "%s", rest);
  else if (IS("name")) snprintf(device->name, sizeof device->name, "%s", rest);
  else if (IS("pci")) sscanf(rest, "%x %x %x", &device->domain, &device->bus, &device->device);
  else if (IS("memory")) device->has_memory = sscanf(rest, "%lu %lu %lu %lu", &device->total, &device->reserved, &device->free, &device->used);
  else if (IS("utilization")) device->has_utilization = sscanf(rest, "%u %u", &device->gpu, &device->controller);
  else if (IS("codecs")) device->has_codecs = sscanf(rest, "%u %u", &device->encoder, &device->decoder);
  else if (IS("celsius")) device->has_celsius = sscanf(rest, "%u", &device->celsius);
  else if (IS("power")) device->has_power = sscanf(rest, "%u %u", &device->power, &device->limit);
  else if (IS("energy")) device->has_energy = sscanf(rest, "%lu", &device->energy);
  else if (IS("clocks")) device->has_clocks = sscanf(rest, "%u %u %u %u", &device->clocks[0], &device->clocks[1], &device->clocks[2], &device->clocks[3]);
  else if (IS("reasons")) device->has_reasons = sscanf(rest, "%lu", &device->reasons);
  else if (IS("fans")) device->fans = sscanf(rest, "%u %u %u %u", &device->fan[0], &device->fan[1], &device->fan[2], &device->fan[3]);
  else if (IS("failingFan")) device->has_failing_fan = sscanf(rest, "%d", &device->failing_fan);
  else if (IS("pcie")) device->has_pcie = sscanf(rest, "%u %u", &device->sent, &device->received);
  else if (IS("ecc")) device->has_ecc = sscanf(rest, "%lu %lu %lu %lu", &device->errors[0][0], &device->errors[0][1], &device->errors[1][0], &device->errors[1][1]);
  else if (IS("serial")) snprintf(device->serial, sizeof device->serial, "%s", rest);
  else if (IS("vbios")) snprintf(device->vbios, sizeof device->vbios, "%s", rest);
  else if (IS("link")) device->has_link = sscanf(rest, "%u %u %u %u", &device->link[0], &device->link[1], &device->link[2], &device->link[3]);
  else if (IS("replays")) device->has_replays = sscanf(rest, "%u", &device->replays);
  else if (IS("gpm")) device->has_gpm = sscanf(rest, "%d", &device->gpm_supported);
  else if (IS("usable")) device->has_use = 1;
  else if (IS("field")) {
    struct field f = {0};
    if (sscanf(rest, "%u %u %u %lu %u", &f.id, &f.scope, &f.type, &f.value, &f.code) >= 4 && device->fields < FIELDS) device->field[device->fields++] = f;
  } else if (IS("metric")) {
    struct metric m = {0};
    if (sscanf(rest, "%u %lf %u", &m.id, &m.value, &m.code) >= 2 && device->metrics < METRICS) device->metric[device->metrics++] = m;
  } else if (IS("use")) {
    struct use u;
    device->has_use = 1;
    if (sscanf(rest, "%u %lu %u %u %u %u", &u.pid, &u.timestamp, &u.percent[0], &u.percent[1], &u.percent[2], &u.percent[3]) == 6 && device->uses < PROCESSES) device->use[device->uses++] = u;
  }
  else if (IS("mig")) device->mig_mode = atoi(rest);
  else if (IS("compute") || IS("graphics") || IS("mps")) {
    int kind = IS("graphics") ? 1 : IS("mps") ? 2 : 0, *count = &device->processes[kind];
    if (kind == 2) device->has_mps = 1;
    if (kind == 2 && atoi(rest) == 0) return;
    if (sscanf(rest, "%u %ld", &p.pid, (long *)&p.bytes) == 2 && *count < PROCESSES) device->process[kind][(*count)++] = p;
  } else if (IS("load")) {
    if (sscanf(rest, "%lf %lf %lf %lf %lf", &l->from, &l->to, &l->milliwatts, &l->bytes, &l->percent) == 5 && device->loads < LOADS) device->loads++;
  } else if (IS("xid")) {
    if (sscanf(rest, "%lu", &code) == 1 && xid_count < XIDS) { xids[xid_count].device = device; xids[xid_count++].code = code; }
  } else if (rule_count < RULES && (IS("return") || IS("hang") || IS("delay"))) {
    memset(rule, 0, sizeof *rule);
    rule->gpu = gpu; rule->mig_index = mig_index; rule->hangs = IS("hang");
    u32 value = 0;
    if (sscanf(rest, "%63s %u", rule->function, &value) < 1) return;
    if (IS("return")) rule->code = value; else rule->delay_ms = value;
    rule_count++;
  }
}

static void read_script(void) {
  char path[4096], line[512], target[32], key[32];
  int at;
  struct stat status;
  if (final) return;
  script_path(path, sizeof path);
  if (stat(path, &status) != 0) return;
  if (status.st_ino == seen.st_ino && status.st_size == seen.st_size && !memcmp(&status.st_mtim, &seen.st_mtim, sizeof status.st_mtim)) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  seen = status;
  memset(devices, 0, sizeof devices);
  rule_count = gpu_count = xid_count = 0;
  driver[0] = 0; cuda = 0; start = now();
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "%31s %31s %n", target, key, &at) < 2) continue;
    const char *rest = line + at;
    if (target[0] == '-') {
      if (IS("driver")) snprintf(driver, sizeof driver, "%s", rest);
      else if (IS("cuda")) cuda = atoi(rest);
      else if (IS("final")) final = atoi(rest);
      else if (IS("epoch")) epoch = atol(rest);
      else if (IS("start")) start = atof(rest);
      else read_line(&devices[0][0], -1, -1, key, rest);
      continue;
    }
    int gpu = 0, mig_index = -1;
    int every = target[0] == '*';
    if (!every) sscanf(target, "%d:%d", &gpu, &mig_index);
    if (gpu < 0 || gpu >= GPUS || mig_index >= MIG_DEVICES) continue;
    for (int g = every ? 0 : gpu; g <= (every ? gpu_count - 1 : gpu); g++) {
      struct device *device = &devices[g][mig_index + 1];
      device->present = 1; device->index = g; device->mig_index = mig_index;
      if (g >= gpu_count) gpu_count = g + 1;
      read_line(device, g, mig_index, key, rest);
    }
  }
  fclose(file);
}

static struct counter *counter_of(const char *function) {
  int i = 0;
  while (i < FUNCTIONS - 1 && counted[i].name && strcmp(counted[i].name, function) != 0) i++;
  counted[i].name = function;
  return &counted[i];
}

/* Called first by every function: delays, hangs or fails it according to the script. */
static int enter(const char *function, const struct device *device) {
  for (int i = 0; i < rule_count; i++) {
    struct rule rule = rules[i];
    if (strcmp(rule.function, function) != 0) continue;
    if (rule.gpu >= 0 && (!device || device->index != rule.gpu || device->mig_index != rule.mig_index)) continue;
    if (rule.hangs) { while (i < rule_count && rules[i].hangs) { pause_ms(5); read_script(); } return enter(function, device); }
    if (rule.delay_ms) pause_ms(rule.delay_ms);
    if (rule.code) return rule.code;
  }
  return DONE;
}

int fakeNvmlCalls(const char *function) {
  for (int i = 0; i < FUNCTIONS && counted[i].name; i++) if (strcmp(counted[i].name, function) == 0) return counted[i].calls;
  return 0;
}

#define COUNT() do { static struct counter *counter; if (!counter) counter = counter_of(__func__); counter->calls++; } while (0)
#define ENTER(device) do { COUNT(); int code = rule_count > 0 ? enter(__func__, device) : DONE; if (code) return code; \
  if (references == 0 || initialized_epoch != epoch) return NOT_INITIALIZED; } while (0)
#define ENTER_DEVICE(device) do { ENTER(device); if (!(device) || !(device)->present) return BAD_ARGUMENT; } while (0)
#define NEEDS(condition) do { if (!(condition)) return NOT_SUPPORTED; } while (0)
#define WRITE(type, to, value) do { if (!(to)) return BAD_ARGUMENT; *(type *)(to) = (value); } while (0)

static int write_text(char *to, u32 size, const char *text) {
  NEEDS(text[0]);
  if (strlen(text) + 1 > size) return TOO_SMALL;
  strcpy(to, text);
  return DONE;
}

static double extra(const struct device *device, double at, size_t member) {
  double sum = 0;
  for (int i = 0; i < device->loads; i++)
    if (at >= device->load[i].from && at < device->load[i].to) sum += *(double *)((char *)&device->load[i] + member);
  return sum;
}
#define EXTRA(device, member) ((device)->loads ? extra(device, now() - start, __builtin_offsetof(struct load, member)) : 0)

/* Samples begin with the memory of the first device. */
static void read_script_for(const struct device *d) { if (d == &devices[0][0]) read_script(); }

int nvmlInit_v2(void) {
  COUNT();
  read_script();
  int code = enter(__func__, NULL);
  if (code) return code;
  if (references++ == 0 || initialized_epoch != epoch) { references = 1; initialized_epoch = epoch; }
  return DONE;
}
int nvmlShutdown(void) {
  COUNT();
  int code = enter(__func__, NULL);
  if (code) return code;
  if (references > 0) references--;
  return DONE;
}
int nvmlSystemGetDriverVersion(char *to, u32 size) { ENTER(NULL); return write_text(to, size, driver); }
int nvmlSystemGetCudaDriverVersion_v2(int *to) { ENTER(NULL); NEEDS(cuda); WRITE(int, to, cuda); return DONE; }
int nvmlDeviceGetCount_v2(u32 *to) { read_script(); ENTER(NULL); WRITE(u32, to, gpu_count); return DONE; }
int nvmlDeviceGetHandleByIndex_v2(u32 index, struct device **to) {
  struct device *device = index < (u32)gpu_count ? &devices[index][0] : NULL;
  ENTER(device);
  if (!device) return BAD_ARGUMENT;
  *to = device;
  return DONE;
}
int nvmlDeviceGetUUID(struct device *d, char *to, u32 size) { ENTER_DEVICE(d); return write_text(to, size, d->uuid); }
int nvmlDeviceGetName(struct device *d, char *to, u32 size) { ENTER_DEVICE(d); return write_text(to, size, d->name); }
int nvmlDeviceGetPciInfo_v3(struct device *d, char *to) {
  ENTER_DEVICE(d);
  NEEDS(d->bus);
  memset(to, 0, 68);
  snprintf(to, 16, "%04X:%02X:%02X.0", d->domain, d->bus, d->device);
  memcpy(to + 16, &d->domain, 4);
  memcpy(to + 20, &d->bus, 4);
  memcpy(to + 24, &d->device, 4);
  snprintf(to + 36, 32, "%08X:%02X:%02X.0", d->domain, d->bus, d->device);
  return DONE;
}
int nvmlDeviceGetCudaComputeCapability(struct device *d, int *major, int *minor) {
  ENTER_DEVICE(d); NEEDS(d->mig_index < 0); WRITE(int, major, 9); WRITE(int, minor, 0); return DONE;
}
int nvmlDeviceGetMemoryInfo(struct device *d, u64 to[3]) {
  read_script_for(d);
  ENTER_DEVICE(d);
  NEEDS(d->has_memory);
  u64 more = EXTRA(d, bytes);
  to[0] = d->total; to[1] = d->free - more; to[2] = d->used + d->reserved + more;
  return DONE;
}
int nvmlDeviceGetMemoryInfo_v2(struct device *d, u64 to[5]) {
  read_script_for(d);
  ENTER_DEVICE(d);
  if (*(u32 *)to != (40u | 2u << 24)) return 25;
  NEEDS(d->has_memory);
  u64 more = EXTRA(d, bytes);
  to[1] = d->total; to[2] = d->reserved; to[3] = d->free - more; to[4] = d->used + more;
  return DONE;
}
int nvmlDeviceGetUtilizationRates(struct device *d, u32 to[2]) {
  ENTER_DEVICE(d);
  NEEDS(d->has_utilization);
  to[0] = d->gpu + (u32)EXTRA(d, percent); to[1] = d->controller;
  return DONE;
}
int nvmlDeviceGetEncoderUtilization(struct device *d, u32 *to, u32 *period) {
  ENTER_DEVICE(d); NEEDS(d->has_codecs); WRITE(u32, to, d->encoder); WRITE(u32, period, 167000); return DONE;
}
int nvmlDeviceGetDecoderUtilization(struct device *d, u32 *to, u32 *period) {
  ENTER_DEVICE(d); NEEDS(d->has_codecs); WRITE(u32, to, d->decoder); WRITE(u32, period, 167000); return DONE;
}
int nvmlDeviceGetTemperature(struct device *d, int sensor, u32 *to) {
  ENTER_DEVICE(d); if (sensor != 0) return BAD_ARGUMENT; NEEDS(d->has_celsius); WRITE(u32, to, d->celsius); return DONE;
}
int nvmlDeviceGetTemperatureV(struct device *d, u32 to[3]) {
  ENTER_DEVICE(d); if (to[0] != (12u | 1u << 24)) return 25; if (to[1] != 0) return BAD_ARGUMENT; NEEDS(d->has_celsius); to[2] = d->celsius; return DONE;
}
int nvmlDeviceGetPowerUsage(struct device *d, u32 *to) {
  ENTER_DEVICE(d); NEEDS(d->has_power); WRITE(u32, to, d->power + (u32)EXTRA(d, milliwatts)); return DONE;
}
int nvmlDeviceGetEnforcedPowerLimit(struct device *d, u32 *to) {
  ENTER_DEVICE(d); NEEDS(d->has_power > 1); WRITE(u32, to, d->limit); return DONE;
}
int nvmlDeviceGetTotalEnergyConsumption(struct device *d, u64 *to) {
  ENTER_DEVICE(d);
  NEEDS(d->has_energy);
  double used = 0, at = d->loads ? now() - start : 0;
  if (d->loads) used = d->power * at;
  for (int i = 0; i < d->loads; i++) {
    double until = at < d->load[i].to ? at : d->load[i].to;
    if (until > d->load[i].from) used += (until - d->load[i].from) * d->load[i].milliwatts;
  }
  WRITE(u64, to, d->energy + (u64)used);
  return DONE;
}
int nvmlDeviceGetClockInfo(struct device *d, int domain, u32 *to) {
  ENTER_DEVICE(d);
  if (domain < 0 || domain > 3) return BAD_ARGUMENT;
  NEEDS(d->has_clocks > domain);
  WRITE(u32, to, d->clocks[domain]);
  return DONE;
}
int nvmlDeviceGetCurrentClocksEventReasons(struct device *d, u64 *to) { ENTER_DEVICE(d); NEEDS(d->has_reasons); WRITE(u64, to, d->reasons); return DONE; }
int nvmlDeviceGetCurrentClocksThrottleReasons(struct device *d, u64 *to) { ENTER_DEVICE(d); NEEDS(d->has_reasons); WRITE(u64, to, d->reasons); return DONE; }
int nvmlDeviceGetNumFans(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->fans > 0); WRITE(u32, to, d->fans); return DONE; }
int nvmlDeviceGetFanSpeed(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->fans > 0); WRITE(u32, to, d->fan[0]); return DONE; }
int nvmlDeviceGetFanSpeed_v2(struct device *d, u32 fan, u32 *to) {
  ENTER_DEVICE(d);
  NEEDS(d->fans > 0);
  if (fan >= (u32)d->fans) return BAD_ARGUMENT;
  if (d->has_failing_fan && fan == (u32)d->failing_fan) return 999;
  WRITE(u32, to, d->fan[fan]);
  return DONE;
}
int nvmlDeviceGetPcieThroughput(struct device *d, int direction, u32 *to) {
  ENTER_DEVICE(d); NEEDS(d->has_pcie); WRITE(u32, to, direction == 0 ? d->sent : d->received); return DONE;
}
int nvmlDeviceGetTotalEccErrors(struct device *d, int type, int counter, u64 *to) {
  ENTER_DEVICE(d);
  if (type < 0 || type > 1 || counter < 0 || counter > 1) return BAD_ARGUMENT;
  NEEDS(d->has_ecc > 2 * counter);
  WRITE(u64, to, d->errors[counter][type]);
  return DONE;
}

struct process_info { u32 pid; u64 bytes; u32 gpu_instance, compute_instance; };
static int write_processes(struct device *d, int kind, u32 *count, struct process_info *to) {
  u32 room = *count;
  *count = d->processes[kind];
  if (room < *count) return TOO_SMALL;
  for (u32 i = 0; i < *count; i++)
    to[i] = (struct process_info){d->process[kind][i].pid, d->process[kind][i].bytes, 0xffffffffu, 0xffffffffu};
  return DONE;
}
int nvmlDeviceGetComputeRunningProcesses_v2(struct device *d, u32 *n, struct process_info *to) { ENTER_DEVICE(d); return write_processes(d, 0, n, to); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(struct device *d, u32 *n, struct process_info *to) { ENTER_DEVICE(d); return write_processes(d, 1, n, to); }

int nvmlDeviceGetMPSComputeRunningProcesses_v2(struct device *d, u32 *n, struct process_info *to) {
  ENTER_DEVICE(d); NEEDS(d->has_mps); return write_processes(d, 2, n, to);
}

/* Drivers 535.43 to 535.86 write longer entries under this name. */
struct wide_process_info { struct process_info process; u64 protected_bytes; };
static int write_wide_processes(struct device *d, int kind, u32 *count, struct wide_process_info *to) {
  struct process_info infos[PROCESSES];
  int code = write_processes(d, kind, count, infos);
  for (u32 i = 0; code == DONE && i < *count; i++) to[i] = (struct wide_process_info){infos[i], 0};
  return code;
}
int nvmlDeviceGetComputeRunningProcesses_v3(struct device *d, u32 *n, struct wide_process_info *to) { ENTER_DEVICE(d); return write_wide_processes(d, 0, n, to); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(struct device *d, u32 *n, struct wide_process_info *to) { ENTER_DEVICE(d); return write_wide_processes(d, 1, n, to); }

/* The older name without a suffix has entries of 16 bytes. A caller that takes them for longer ones reads garbage. */
struct short_process_info { u32 pid; u64 bytes; };
int nvmlDeviceGetMPSComputeRunningProcesses(struct device *d, u32 *n, struct short_process_info *to) {
  struct process_info infos[PROCESSES];
  ENTER_DEVICE(d);
  NEEDS(d->has_mps);
  int code = write_processes(d, 2, n, infos);
  for (u32 i = 0; code == DONE && i < *n; i++) to[i] = (struct short_process_info){infos[i].pid, infos[i].bytes};
  return code;
}

int nvmlDeviceGetSerial(struct device *d, char *to, u32 size) { ENTER_DEVICE(d); return write_text(to, size, d->serial); }
int nvmlDeviceGetVbiosVersion(struct device *d, char *to, u32 size) { ENTER_DEVICE(d); return write_text(to, size, d->vbios); }
int nvmlDeviceGetCurrPcieLinkGeneration(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->has_link > 0); WRITE(u32, to, d->link[0]); return DONE; }
int nvmlDeviceGetMaxPcieLinkGeneration(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->has_link > 1); WRITE(u32, to, d->link[1]); return DONE; }
int nvmlDeviceGetCurrPcieLinkWidth(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->has_link > 2); WRITE(u32, to, d->link[2]); return DONE; }
int nvmlDeviceGetMaxPcieLinkWidth(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->has_link > 3); WRITE(u32, to, d->link[3]); return DONE; }
int nvmlDeviceGetPcieReplayCounter(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->has_replays); WRITE(u32, to, d->replays); return DONE; }

/* Unknown fields are an invalid argument, as of older drivers. The call succeeds if one of its fields does. */
struct field_value { u32 field, scope; int64_t timestamp, latency; u32 type; int code; u64 value; };
_Static_assert(sizeof(struct field_value) == 40, "nvmlFieldValue_t");
static u32 requested_fields;
int fakeNvmlRequestedFields(void) { u32 n = requested_fields; requested_fields = 0; return n; }
int nvmlDeviceGetFieldValues(struct device *d, int n, struct field_value *values) {
  int succeeded = 0;
  ENTER_DEVICE(d);
  if (n <= 0 || !values) return BAD_ARGUMENT;
  requested_fields += n;
  for (int i = 0; i < n; i++) {
    struct field_value *v = &values[i];
    v->timestamp = (int64_t)(now() * 1e6); v->latency = 1; v->value = 0; v->type = 1;
    v->code = v->field > 300 ? BAD_ARGUMENT : NOT_SUPPORTED;
    for (int f = 0; f < d->fields; f++) {
      if (d->field[f].id != v->field || d->field[f].scope != v->scope) continue;
      v->code = d->field[f].code; v->type = d->field[f].type;
      if (v->code == DONE) { v->value = d->field[f].value; succeeded++; }
    }
  }
  return succeeded ? DONE : NOT_SUPPORTED;
}

/* Counters of activity. A sample is of one GPU or GPU instance. */
struct gpm_sample { struct device *device; double at; };
struct gpm_support { u32 version, supported; };
struct gpm_metric { u32 id; int code; double value; const char *short_name, *long_name, *unit; };
struct gpm_metrics { u32 version, count; struct gpm_sample *older, *newer; struct gpm_metric metric[]; };
_Static_assert(sizeof(struct gpm_metric) == 40 && sizeof(struct gpm_metrics) == 24, "nvmlGpmMetricsGet_t");
static int gpm_samples;
enum { FIRST_INSTANCE = 7 };
int fakeNvmlGpmSamples(void) { return gpm_samples; }
int nvmlGpmQueryDeviceSupport(struct device *d, struct gpm_support *to) {
  ENTER_DEVICE(d);
  if (to->version != 1) return 25;
  if (d->mig_index >= 0) return BAD_ARGUMENT;
  NEEDS(d->has_gpm);
  to->supported = d->gpm_supported;
  return DONE;
}
int nvmlGpmSampleAlloc(struct gpm_sample **to) { ENTER(NULL); *to = calloc(1, sizeof **to); gpm_samples++; return DONE; }
int nvmlGpmSampleFree(struct gpm_sample *sample) { COUNT(); if (!sample) return BAD_ARGUMENT; gpm_samples--; free(sample); return DONE; }
int nvmlGpmSampleGet(struct device *d, struct gpm_sample *sample) {
  ENTER_DEVICE(d);
  if (!sample || d->mig_index >= 0) return BAD_ARGUMENT;
  NEEDS(d->gpm_supported);
  *sample = (struct gpm_sample){d, now()};
  return DONE;
}
int nvmlDeviceGetGpuInstanceId(struct device *d, u32 *to) { ENTER_DEVICE(d); NEEDS(d->mig_index >= 0); WRITE(u32, to, FIRST_INSTANCE + d->mig_index); return DONE; }
int nvmlGpmMigSampleGet(struct device *d, u32 instance, struct gpm_sample *sample) {
  ENTER_DEVICE(d);
  u32 index = instance - FIRST_INSTANCE;
  if (!sample || d->mig_index >= 0 || index >= MIG_DEVICES || !devices[d->index][index + 1].present) return BAD_ARGUMENT;
  NEEDS(d->gpm_supported);
  *sample = (struct gpm_sample){&devices[d->index][index + 1], now()};
  return DONE;
}
int nvmlGpmMetricsGet(struct gpm_metrics *to) {
  ENTER(to->older ? to->older->device : NULL);
  if (to->version != 1) return 25;
  if (!to->older || !to->newer || !to->older->device || to->older->device != to->newer->device) return BAD_ARGUMENT;
  if (to->newer->at - to->older->at < 0.0995) return 999;
  struct device *d = to->newer->device;
  for (u32 i = 0; i < to->count; i++) {
    struct gpm_metric *metric = &to->metric[i];
    metric->code = NOT_SUPPORTED; metric->value = 0; metric->short_name = metric->long_name = metric->unit = NULL;
    for (int m = 0; m < d->metrics; m++) {
      if (d->metric[m].id != metric->id) continue;
      metric->code = d->metric[m].code; metric->value = d->metric[m].value;
    }
  }
  return DONE;
}

/* Use of GPUs by processes. Both functions have room for a hundred entries, most of which were never written. */
struct processes_utilization { u32 version, count; u64 last_seen; struct process_utilization *list; };
struct process_utilization { u64 timestamp; u32 pid, percent[4], jpeg, ofa; };
struct utilization_sample { u32 pid; u64 timestamp; u32 percent[4]; };
_Static_assert(sizeof(struct processes_utilization) == 24 && sizeof(struct process_utilization) == 40 && sizeof(struct utilization_sample) == 32, "utilization");
static struct use utilization[PROCESSES];
static int collect_utilization(const struct device *d, u32 *count, u64 last_seen, int has_list) {
  u32 room = *count, found = 0;
  NEEDS(d->has_use && d->mig_mode <= 0 && d->mig_index < 0);
  *count = 100;
  if (!has_list || room < *count) return TOO_SMALL;
  for (int i = 0; i < 100; i++) utilization[i] = (struct use){0xdeadbeefu + i, 0x7fffffffffffull, {0xffffffffu, 0xffffffffu, 0, 0}};
  for (int i = 0; i < d->uses && found < 100; i++) if (d->use[i].timestamp > last_seen) utilization[found++] = d->use[i];
  return found ? DONE : NOT_FOUND;
}
int nvmlDeviceGetProcessesUtilizationInfo(struct device *d, struct processes_utilization *to) {
  ENTER_DEVICE(d);
  if (to->version != 0x1000018u) return 25;
  int code = collect_utilization(d, &to->count, to->last_seen, to->list != NULL);
  for (u32 i = 0; code == DONE && i < to->count; i++) {
    struct use *u = &utilization[i];
    to->list[i] = (struct process_utilization){u->timestamp, u->pid, {u->percent[0], u->percent[1], u->percent[2], u->percent[3]}, 0, 0};
  }
  return code;
}
int nvmlDeviceGetProcessUtilization(struct device *d, struct utilization_sample *to, u32 *count, u64 last_seen) {
  ENTER_DEVICE(d);
  int code = collect_utilization(d, count, last_seen, to != NULL);
  for (u32 i = 0; code == DONE && i < *count; i++) {
    struct use *u = &utilization[i];
    to[i] = (struct utilization_sample){u->pid, u->timestamp, {u->percent[0], u->percent[1], u->percent[2], u->percent[3]}};
  }
  return code;
}

int nvmlDeviceGetMigMode(struct device *d, u32 *current, u32 *pending) {
  ENTER_DEVICE(d); NEEDS(d->mig_mode >= 0); WRITE(u32, current, d->mig_mode > 0); WRITE(u32, pending, d->mig_mode > 0); return DONE;
}
int nvmlDeviceGetMaxMigDeviceCount(struct device *d, u32 *to) { ENTER_DEVICE(d); WRITE(u32, to, d->mig_mode > 0 ? MIG_DEVICES - 1 : 0); return DONE; }
int nvmlDeviceGetMigDeviceHandleByIndex(struct device *d, u32 index, struct device **to) {
  ENTER_DEVICE(d);
  if (index >= MIG_DEVICES) return BAD_ARGUMENT;
  if (!devices[d->index][index + 1].present) return NOT_FOUND;
  *to = &devices[d->index][index + 1];
  return DONE;
}

struct event_data { struct device *device; u64 type, data; u32 gpu_instance, compute_instance; };
static struct event_set { int used; struct device *watched; } sets[GPUS * 2];
int nvmlEventSetCreate(struct event_set **to) {
  ENTER(NULL);
  for (int i = 0; i < GPUS * 2; i++) {
    if (sets[i].used) continue;
    sets[i] = (struct event_set){1, NULL};
    *to = &sets[i];
    return DONE;
  }
  return 23;
}
int nvmlEventSetFree(struct event_set *set) { ENTER(NULL); if (!set->used) return BAD_ARGUMENT; set->used = 0; return DONE; }
int nvmlDeviceGetSupportedEventTypes(struct device *d, u64 *to) { ENTER_DEVICE(d); WRITE(u64, to, 0x1f); return DONE; }
int nvmlDeviceRegisterEvents(struct device *d, u64 types, struct event_set *set) {
  ENTER_DEVICE(d);
  if (!set->used || set->watched || (types & ~0x1full)) return BAD_ARGUMENT; /* this fake supports one device for each set */
  if (types & 8) set->watched = d;
  return DONE;
}
int nvmlEventSetWait_v2(struct event_set *set, struct event_data *to, u32 timeout_ms) {
  ENTER(set->watched);
  if (!set->used) return BAD_ARGUMENT;
  for (int i = 0; i < xid_count; i++) {
    if (!xids[i].device || xids[i].device != set->watched) continue;
    xids[i].device = NULL;
    *to = (struct event_data){set->watched, 8, xids[i].code, 0xffffffffu, 0xffffffffu};
    return DONE;
  }
  if (timeout_ms > 0) pause_ms(timeout_ms);
  return TIMED_OUT;
}
