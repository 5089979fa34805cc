/* Stand-in for NVIDIA's management library. It knows nothing of GPUs: it answers what the file `script` beside it says.
 *
 * Its layouts and codes are written from the documentation of the interface, apart from those of the code under test.
 * The script is read when the library is initialised, and anew when it has changed since the last count of devices,
 * or reading of the first one's memory.
 * One line says one thing: WHO KEY VALUES…, where WHO is `-` (the driver), `*` (every GPU), `2` (a GPU), `2:0` (a slice):
 *
 *   - driver TEXT          - cuda NUMBER          - epoch NUMBER (another one: the driver was reloaded)
 *   - final 1 (it is not read anew)
 *   0 uuid TEXT            0 name TEXT            0 pci DOMAIN BUS DEVICE (hexadecimal)
 *   0 memory TOTAL RESERVED FREE USED (bytes)     0 utilization GPU MEMORY      0 coders ENCODER DECODER (percent)
 *   0 celsius N            0 power MILLIWATTS LIMIT     0 energy MILLIJOULES    0 clocks GRAPHICS SM MEMORY VIDEO
 *   0 reasons BITS         0 fans PERCENT…        0 pcie SENT RECEIVED (KB/s)   0 ecc CORRECTED UNCORRECTED
 *   0 compute PID BYTES    0 graphics PID BYTES (-1: not known)                 0 xid CODE (once for each new script)
 *   0 slices ON            0 return FUNCTION CODE       0 hang FUNCTION         0 delay FUNCTION MILLISECONDS
 *   0 load FROM TO MILLIWATTS BYTES PERCENT  (between two times, seconds since `- start UNIXSECONDS`; energy is then the
 *                                             integral of power)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { GPUS = 16, SLICES = 8, FANS = 4, PROCESSES = 256, LOADS = 16, RULES = 64, XIDS = 128, FUNCTIONS = 64 };
enum { DONE = 0, NOT_INITIALISED = 1, BAD_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, TIMED_OUT = 10 };

typedef uint32_t u32;
typedef uint64_t u64;

struct process { u32 pid; u64 bytes; };
struct load { double from, to, milliwatts, bytes, percent; };
struct unit {
  int present, index, slice, slices;
  char uuid[80], name[96];
  u32 domain, bus, device;
  int has_memory, has_utilization, has_coders, has_celsius, has_power, has_energy, has_clocks, has_reasons, has_pcie, has_ecc;
  u64 total, reserved, free, used, energy, reasons, corrected, uncorrected;
  u32 gpu, controller, encoder, decoder, celsius, power, limit, clocks[4], sent, received;
  int fans; u32 fan[FANS];
  int processes[2]; struct process process[2][PROCESSES];
  int loads; struct load load[LOADS];
};
struct rule { int gpu, slice; char function[64]; int hangs, code; u32 delay_ms; };

static struct unit units[GPUS][SLICES + 1];
static struct rule rules[RULES];
static int rule_count, gpu_count, references;
static char driver[80];
static int cuda;
static int final;
static double start;
static long epoch, initialised_epoch;
static struct { struct unit *unit; u64 code; } xids[XIDS];
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

static void read_line(struct unit *unit, int gpu, int slice, const char *key, const char *rest) {
  struct rule *rule = &rules[rule_count];
  struct process p;
  struct load *l = &unit->load[unit->loads < LOADS ? unit->loads : LOADS - 1];
  u64 code;
#define IS(word) (strcmp(key, word) == 0)
  if (IS("uuid")) snprintf(unit->uuid, sizeof unit->uuid, "%s", rest);
  else if (IS("name")) snprintf(unit->name, sizeof unit->name, "%s", rest);
  else if (IS("pci")) sscanf(rest, "%x %x %x", &unit->domain, &unit->bus, &unit->device);
  else if (IS("memory")) unit->has_memory = sscanf(rest, "%lu %lu %lu %lu", &unit->total, &unit->reserved, &unit->free, &unit->used);
  else if (IS("utilization")) unit->has_utilization = sscanf(rest, "%u %u", &unit->gpu, &unit->controller);
  else if (IS("coders")) unit->has_coders = sscanf(rest, "%u %u", &unit->encoder, &unit->decoder);
  else if (IS("celsius")) unit->has_celsius = sscanf(rest, "%u", &unit->celsius);
  else if (IS("power")) unit->has_power = sscanf(rest, "%u %u", &unit->power, &unit->limit);
  else if (IS("energy")) unit->has_energy = sscanf(rest, "%lu", &unit->energy);
  else if (IS("clocks")) unit->has_clocks = sscanf(rest, "%u %u %u %u", &unit->clocks[0], &unit->clocks[1], &unit->clocks[2], &unit->clocks[3]);
  else if (IS("reasons")) unit->has_reasons = sscanf(rest, "%lu", &unit->reasons);
  else if (IS("fans")) unit->fans = sscanf(rest, "%u %u %u %u", &unit->fan[0], &unit->fan[1], &unit->fan[2], &unit->fan[3]);
  else if (IS("pcie")) unit->has_pcie = sscanf(rest, "%u %u", &unit->sent, &unit->received);
  else if (IS("ecc")) unit->has_ecc = sscanf(rest, "%lu %lu", &unit->corrected, &unit->uncorrected);
  else if (IS("slices")) unit->slices = atoi(rest);
  else if (IS("compute") || IS("graphics")) {
    int kind = IS("graphics"), *count = &unit->processes[kind];
    if (sscanf(rest, "%u %ld", &p.pid, (long *)&p.bytes) == 2 && *count < PROCESSES) unit->process[kind][(*count)++] = p;
  } else if (IS("load")) {
    if (sscanf(rest, "%lf %lf %lf %lf %lf", &l->from, &l->to, &l->milliwatts, &l->bytes, &l->percent) == 5 && unit->loads < LOADS) unit->loads++;
  } else if (IS("xid")) {
    if (sscanf(rest, "%lu", &code) == 1 && xid_count < XIDS) { xids[xid_count].unit = unit; xids[xid_count++].code = code; }
  } else if (rule_count < RULES && (IS("return") || IS("hang") || IS("delay"))) {
    memset(rule, 0, sizeof *rule);
    rule->gpu = gpu; rule->slice = slice; rule->hangs = IS("hang");
    u32 value = 0;
    if (sscanf(rest, "%63s %u", rule->function, &value) < 1) return;
    if (IS("return")) rule->code = value; else rule->delay_ms = value;
    rule_count++;
  }
}

static void read_script(void) {
  char path[4096], line[512], who[32], key[32];
  int at;
  struct stat status;
  if (final) return;
  script_path(path, sizeof path);
  if (stat(path, &status) != 0) return;
  if (status.st_ino == seen.st_ino && status.st_size == seen.st_size && !memcmp(&status.st_mtim, &seen.st_mtim, sizeof status.st_mtim)) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  seen = status;
  memset(units, 0, sizeof units);
  rule_count = gpu_count = xid_count = 0;
  driver[0] = 0; cuda = 0; start = now();
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "%31s %31s %n", who, key, &at) < 2) continue;
    const char *rest = line + at;
    if (who[0] == '-') {
      if (IS("driver")) snprintf(driver, sizeof driver, "%s", rest);
      else if (IS("cuda")) cuda = atoi(rest);
      else if (IS("final")) final = atoi(rest);
      else if (IS("epoch")) epoch = atol(rest);
      else if (IS("start")) start = atof(rest);
      else read_line(&units[0][0], -1, -1, key, rest);
      continue;
    }
    int gpu = 0, slice = -1;
    int every = who[0] == '*';
    if (!every) sscanf(who, "%d:%d", &gpu, &slice);
    if (gpu < 0 || gpu >= GPUS || slice >= SLICES) continue;
    for (int g = every ? 0 : gpu; g <= (every ? gpu_count - 1 : gpu); g++) {
      struct unit *unit = &units[g][slice + 1];
      unit->present = 1; unit->index = g; unit->slice = slice;
      if (g >= gpu_count) gpu_count = g + 1;
      read_line(unit, g, slice, key, rest);
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

/* What every function does first: it waits, hangs or fails as the script says. */
static int enter(const char *function, const struct unit *unit) {
  for (int i = 0; i < rule_count; i++) {
    struct rule rule = rules[i];
    if (strcmp(rule.function, function) != 0) continue;
    if (rule.gpu >= 0 && (!unit || unit->index != rule.gpu || unit->slice != rule.slice)) continue;
    if (rule.hangs) { while (i < rule_count && rules[i].hangs) { pause_ms(5); read_script(); } return enter(function, unit); }
    if (rule.delay_ms) pause_ms(rule.delay_ms);
    if (rule.code) return rule.code;
  }
  return DONE;
}

int standInCalls(const char *function) {
  for (int i = 0; i < FUNCTIONS && counted[i].name; i++) if (strcmp(counted[i].name, function) == 0) return counted[i].calls;
  return 0;
}

#define COUNT() do { static struct counter *counter; if (!counter) counter = counter_of(__func__); counter->calls++; } while (0)
#define ENTER(unit) do { COUNT(); int code = rule_count > 0 ? enter(__func__, unit) : DONE; if (code) return code; \
  if (references == 0 || initialised_epoch != epoch) return NOT_INITIALISED; } while (0)
#define ENTER_UNIT(unit) do { ENTER(unit); if (!(unit) || !(unit)->present) return BAD_ARGUMENT; } while (0)
#define NEEDS(condition) do { if (!(condition)) return NOT_SUPPORTED; } while (0)
#define TELL(type, to, value) do { if (!(to)) return BAD_ARGUMENT; *(type *)(to) = (value); } while (0)

static int tell_text(char *to, u32 size, const char *text) {
  NEEDS(text[0]);
  if (strlen(text) + 1 > size) return TOO_SMALL;
  strcpy(to, text);
  return DONE;
}

static double extra(const struct unit *unit, double at, size_t member) {
  double sum = 0;
  for (int i = 0; i < unit->loads; i++)
    if (at >= unit->load[i].from && at < unit->load[i].to) sum += *(double *)((char *)&unit->load[i] + member);
  return sum;
}
#define EXTRA(unit, member) ((unit)->loads ? extra(unit, now() - start, __builtin_offsetof(struct load, member)) : 0)

/* Samples begin with the memory of the first device. */
static void read_script_for(const struct unit *u) { if (u == &units[0][0]) read_script(); }

int nvmlInit_v2(void) {
  COUNT();
  read_script();
  int code = enter(__func__, NULL);
  if (code) return code;
  if (references++ == 0 || initialised_epoch != epoch) { references = 1; initialised_epoch = epoch; }
  return DONE;
}
int nvmlShutdown(void) {
  COUNT();
  int code = enter(__func__, NULL);
  if (code) return code;
  if (references > 0) references--;
  return DONE;
}
int nvmlSystemGetDriverVersion(char *to, u32 size) { ENTER(NULL); return tell_text(to, size, driver); }
int nvmlSystemGetCudaDriverVersion_v2(int *to) { ENTER(NULL); NEEDS(cuda); TELL(int, to, cuda); return DONE; }
int nvmlDeviceGetCount_v2(u32 *to) { read_script(); ENTER(NULL); TELL(u32, to, gpu_count); return DONE; }
int nvmlDeviceGetHandleByIndex_v2(u32 index, struct unit **to) {
  struct unit *unit = index < (u32)gpu_count ? &units[index][0] : NULL;
  ENTER(unit);
  if (!unit) return BAD_ARGUMENT;
  *to = unit;
  return DONE;
}
int nvmlDeviceGetUUID(struct unit *u, char *to, u32 size) { ENTER_UNIT(u); return tell_text(to, size, u->uuid); }
int nvmlDeviceGetName(struct unit *u, char *to, u32 size) { ENTER_UNIT(u); return tell_text(to, size, u->name); }
int nvmlDeviceGetPciInfo_v3(struct unit *u, char *to) {
  ENTER_UNIT(u);
  NEEDS(u->bus);
  memset(to, 0, 68);
  snprintf(to, 16, "%04X:%02X:%02X.0", u->domain, u->bus, u->device);
  memcpy(to + 16, &u->domain, 4);
  memcpy(to + 20, &u->bus, 4);
  memcpy(to + 24, &u->device, 4);
  snprintf(to + 36, 32, "%08X:%02X:%02X.0", u->domain, u->bus, u->device);
  return DONE;
}
int nvmlDeviceGetMemoryInfo(struct unit *u, u64 to[3]) {
  read_script_for(u);
  ENTER_UNIT(u);
  NEEDS(u->has_memory);
  u64 more = EXTRA(u, bytes);
  to[0] = u->total; to[1] = u->free - more; to[2] = u->used + u->reserved + more;
  return DONE;
}
int nvmlDeviceGetMemoryInfo_v2(struct unit *u, u64 to[5]) {
  read_script_for(u);
  ENTER_UNIT(u);
  if (*(u32 *)to != (40u | 2u << 24)) return 25;
  NEEDS(u->has_memory);
  u64 more = EXTRA(u, bytes);
  to[1] = u->total; to[2] = u->reserved; to[3] = u->free - more; to[4] = u->used + more;
  return DONE;
}
int nvmlDeviceGetUtilizationRates(struct unit *u, u32 to[2]) {
  ENTER_UNIT(u);
  NEEDS(u->has_utilization);
  to[0] = u->gpu + (u32)EXTRA(u, percent); to[1] = u->controller;
  return DONE;
}
int nvmlDeviceGetEncoderUtilization(struct unit *u, u32 *to, u32 *period) {
  ENTER_UNIT(u); NEEDS(u->has_coders); TELL(u32, to, u->encoder); TELL(u32, period, 167000); return DONE;
}
int nvmlDeviceGetDecoderUtilization(struct unit *u, u32 *to, u32 *period) {
  ENTER_UNIT(u); NEEDS(u->has_coders); TELL(u32, to, u->decoder); TELL(u32, period, 167000); return DONE;
}
int nvmlDeviceGetTemperature(struct unit *u, int sensor, u32 *to) {
  ENTER_UNIT(u); if (sensor != 0) return BAD_ARGUMENT; NEEDS(u->has_celsius); TELL(u32, to, u->celsius); return DONE;
}
int nvmlDeviceGetTemperatureV(struct unit *u, u32 to[3]) {
  ENTER_UNIT(u); if (to[0] != (12u | 1u << 24)) return 25; if (to[1] != 0) return BAD_ARGUMENT; NEEDS(u->has_celsius); to[2] = u->celsius; return DONE;
}
int nvmlDeviceGetPowerUsage(struct unit *u, u32 *to) {
  ENTER_UNIT(u); NEEDS(u->has_power); TELL(u32, to, u->power + (u32)EXTRA(u, milliwatts)); return DONE;
}
int nvmlDeviceGetEnforcedPowerLimit(struct unit *u, u32 *to) {
  ENTER_UNIT(u); NEEDS(u->has_power > 1); TELL(u32, to, u->limit); return DONE;
}
int nvmlDeviceGetTotalEnergyConsumption(struct unit *u, u64 *to) {
  ENTER_UNIT(u);
  NEEDS(u->has_energy);
  double used = 0, at = u->loads ? now() - start : 0;
  if (u->loads) used = u->power * at;
  for (int i = 0; i < u->loads; i++) {
    double until = at < u->load[i].to ? at : u->load[i].to;
    if (until > u->load[i].from) used += (until - u->load[i].from) * u->load[i].milliwatts;
  }
  TELL(u64, to, u->energy + (u64)used);
  return DONE;
}
int nvmlDeviceGetClockInfo(struct unit *u, int domain, u32 *to) {
  ENTER_UNIT(u);
  if (domain < 0 || domain > 3) return BAD_ARGUMENT;
  NEEDS(u->has_clocks > domain);
  TELL(u32, to, u->clocks[domain]);
  return DONE;
}
int nvmlDeviceGetCurrentClocksEventReasons(struct unit *u, u64 *to) { ENTER_UNIT(u); NEEDS(u->has_reasons); TELL(u64, to, u->reasons); return DONE; }
int nvmlDeviceGetCurrentClocksThrottleReasons(struct unit *u, u64 *to) { ENTER_UNIT(u); NEEDS(u->has_reasons); TELL(u64, to, u->reasons); return DONE; }
int nvmlDeviceGetNumFans(struct unit *u, u32 *to) { ENTER_UNIT(u); NEEDS(u->fans > 0); TELL(u32, to, u->fans); return DONE; }
int nvmlDeviceGetFanSpeed(struct unit *u, u32 *to) { ENTER_UNIT(u); NEEDS(u->fans > 0); TELL(u32, to, u->fan[0]); return DONE; }
int nvmlDeviceGetFanSpeed_v2(struct unit *u, u32 fan, u32 *to) {
  ENTER_UNIT(u);
  NEEDS(u->fans > 0);
  if (fan >= (u32)u->fans) return BAD_ARGUMENT;
  TELL(u32, to, u->fan[fan]);
  return DONE;
}
int nvmlDeviceGetPcieThroughput(struct unit *u, int direction, u32 *to) {
  ENTER_UNIT(u); NEEDS(u->has_pcie); TELL(u32, to, direction == 0 ? u->sent : u->received); return DONE;
}
int nvmlDeviceGetTotalEccErrors(struct unit *u, int type, int counter, u64 *to) {
  ENTER_UNIT(u);
  NEEDS(u->has_ecc);
  if (counter != 0) return BAD_ARGUMENT;
  TELL(u64, to, type == 0 ? u->corrected : u->uncorrected);
  return DONE;
}

struct told_process { u32 pid; u64 bytes; u32 gpu_instance, compute_instance; };
static int tell_processes(struct unit *u, int kind, u32 *count, struct told_process *to) {
  u32 room = *count;
  *count = u->processes[kind];
  if (room < *count) return TOO_SMALL;
  for (u32 i = 0; i < *count; i++)
    to[i] = (struct told_process){u->process[kind][i].pid, u->process[kind][i].bytes, 0xffffffffu, 0xffffffffu};
  return DONE;
}
int nvmlDeviceGetComputeRunningProcesses_v2(struct unit *u, u32 *n, struct told_process *to) { ENTER_UNIT(u); return tell_processes(u, 0, n, to); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(struct unit *u, u32 *n, struct told_process *to) { ENTER_UNIT(u); return tell_processes(u, 1, n, to); }

/* As in the drivers 535.43 to 535.86, whose entries are longer under this name. */
struct wide_process { struct told_process process; u64 protected_bytes; };
static int tell_wide_processes(struct unit *u, int kind, u32 *count, struct wide_process *to) {
  struct told_process told[PROCESSES];
  int code = tell_processes(u, kind, count, told);
  for (u32 i = 0; code == DONE && i < *count; i++) to[i] = (struct wide_process){told[i], 0};
  return code;
}
int nvmlDeviceGetComputeRunningProcesses_v3(struct unit *u, u32 *n, struct wide_process *to) { ENTER_UNIT(u); return tell_wide_processes(u, 0, n, to); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(struct unit *u, u32 *n, struct wide_process *to) { ENTER_UNIT(u); return tell_wide_processes(u, 1, n, to); }

int nvmlDeviceGetMigMode(struct unit *u, u32 *current, u32 *pending) {
  ENTER_UNIT(u); NEEDS(u->slices >= 0); TELL(u32, current, u->slices > 0); TELL(u32, pending, u->slices > 0); return DONE;
}
int nvmlDeviceGetMaxMigDeviceCount(struct unit *u, u32 *to) { ENTER_UNIT(u); TELL(u32, to, u->slices > 0 ? SLICES - 1 : 0); return DONE; }
int nvmlDeviceGetMigDeviceHandleByIndex(struct unit *u, u32 index, struct unit **to) {
  ENTER_UNIT(u);
  if (index >= SLICES) return BAD_ARGUMENT;
  if (!units[u->index][index + 1].present) return NOT_FOUND;
  *to = &units[u->index][index + 1];
  return DONE;
}

struct told_event { struct unit *unit; u64 type, data; u32 gpu_instance, compute_instance; };
static struct event_set { int used; struct unit *watched; } sets[GPUS * 2];
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
int nvmlDeviceGetSupportedEventTypes(struct unit *u, u64 *to) { ENTER_UNIT(u); TELL(u64, to, 0x1f); return DONE; }
int nvmlDeviceRegisterEvents(struct unit *u, u64 types, struct event_set *set) {
  ENTER_UNIT(u);
  if (!set->used || set->watched || (types & ~0x1full)) return BAD_ARGUMENT; /* here, a set is for one device */
  if (types & 8) set->watched = u;
  return DONE;
}
int nvmlEventSetWait_v2(struct event_set *set, struct told_event *to, u32 timeout_ms) {
  ENTER(set->watched);
  if (!set->used) return BAD_ARGUMENT;
  for (int i = 0; i < xid_count; i++) {
    if (!xids[i].unit || xids[i].unit != set->watched) continue;
    xids[i].unit = NULL;
    *to = (struct told_event){set->watched, 8, xids[i].code, 0xffffffffu, 0xffffffffu};
    return DONE;
  }
  if (timeout_ms > 0) pause_ms(timeout_ms);
  return TIMED_OUT;
}
