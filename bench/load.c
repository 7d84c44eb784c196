// Load on a mount, measured: one or more threads read or ask for attributes; prints one line of JSON.
//
//   load read [--direct] [--seconds S]                   each file from start to end, one thread for each
//   load random --threads N --seconds S                  4 KiB at random places, past the page cache
//   load getattr --threads N --seconds S                 attributes, asked of the server each time
//   load bursts --threads N --seconds S --requests R     the same, by all threads at once, again and again
//
// Files follow the options. With --verify, `read` and `random` compare what they read with the pattern.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "content.h"

struct task {
  pthread_t thread;
  unsigned number;
  const char *path;
  uint64_t calls;
  uint64_t bytes;
  // Of each call, in nanoseconds; `random` only.
  uint32_t *latencies;
  size_t capacity;
};

static int direct, verify;
static unsigned threads = 1;
static uint64_t requests = 100000;
static double limit_seconds = 3600;
static const uint8_t *pattern;
static double deadline;
static pthread_barrier_t start_barrier;

// Of `bursts`: when each began, and the number of the one that does not begin any more.
static pthread_barrier_t burst_barrier;
static double *burst_starts;
static atomic_long bursts_end;

static void fail(const char *what, const char *path) {
  fprintf(stderr, "load: %s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

static double now_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

// Comes back in all threads at once, when their files are open and the time of the start is known.
static void wait_for_start(void) {
  pthread_barrier_wait(&start_barrier);
  pthread_barrier_wait(&start_barrier);
}

static int open_file(const char *path, int flags) {
  int file = open(path, O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) fail("open", path);
  return file;
}

// The number of a file is its name. No read here goes over the end of the pattern.
static void check(const char *path, const uint8_t *bytes, size_t length, uint64_t offset) {
  const char *name = strrchr(path, '/');
  uint64_t number = strtoull(name == NULL ? path : name + 1, NULL, 10);
  if (memcmp(bytes, pattern + pattern_offset(number, offset), length) == 0) return;
  fprintf(stderr, "load: wrong bytes in %s near byte %llu\n", path, (unsigned long long)offset);
  exit(1);
}

static void *read_through(void *argument) {
  struct task *task = argument;
  int file = open_file(task->path, direct ? O_DIRECT : 0);
  uint8_t *buffer = aligned_alloc(4096, MIB);
  if (buffer == NULL) abort();
  if (!direct && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) fail("posix_fadvise", task->path);
  wait_for_start();
  while (now_seconds() < deadline) {
    ssize_t length = read(file, buffer, MIB);
    if (length < 0) fail("read", task->path);
    if (length == 0) break;
    if (verify) check(task->path, buffer, length, task->bytes);
    task->bytes += length;
    task->calls += 1;
  }
  close(file);
  return NULL;
}

static void *read_at_random(void *argument) {
  struct task *task = argument;
  const size_t length = 4096;
  int file = open_file(task->path, O_DIRECT);
  uint8_t *buffer = aligned_alloc(4096, length);
  if (buffer == NULL) abort();
  unsigned random = task->number + 1;
  wait_for_start();
  for (double before = now_seconds(); before < deadline;) {
    uint64_t offset = rand_r(&random) % (big_file_bytes / length) * length;
    if (pread(file, buffer, length, offset) != (ssize_t)length) fail("read", task->path);
    double after = now_seconds();
    if (task->calls == task->capacity) {
      task->capacity = task->capacity == 0 ? 1 << 16 : task->capacity * 2;
      task->latencies = realloc(task->latencies, task->capacity * sizeof *task->latencies);
      if (task->latencies == NULL) abort();
    }
    task->latencies[task->calls] = (uint32_t)((after - before) * 1e9);
    task->calls += 1;
    if (verify) check(task->path, buffer, length, offset);
    before = now_seconds();
  }
  close(file);
  return NULL;
}

static void ask(struct task *task) {
  struct statx attributes;
  int result = statx(AT_FDCWD, task->path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &attributes);
  if (result != 0) fail("statx", task->path);
  task->calls += 1;
}

static void *ask_often(void *argument) {
  wait_for_start();
  while (now_seconds() < deadline) ask(argument);
  return NULL;
}

// The barrier lets all threads go at once, and holds them until the last has its answer. Thread 0 says
// before it which burst is not to begin, so that all of them end at the same one.
static void *ask_in_bursts(void *argument) {
  struct task *task = argument;
  long most = (requests + threads - 1) / threads;
  wait_for_start();
  for (long burst = 0;; burst += 1) {
    if (task->number == 0 && (burst == most || now_seconds() >= deadline)) bursts_end = burst;
    pthread_barrier_wait(&burst_barrier);
    if (task->number == 0) burst_starts[burst] = now_seconds();
    if (burst >= bursts_end) return NULL;
    ask(task);
  }
}

static int by_size(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

static void print_latencies(const struct task *tasks, uint64_t calls) {
  uint32_t *all = malloc((calls + 1) * sizeof *all);
  size_t count = 0;
  if (all == NULL) abort();
  for (unsigned i = 0; i < threads; i += 1) {
    memcpy(all + count, tasks[i].latencies, tasks[i].calls * sizeof *all);
    count += tasks[i].calls;
  }
  qsort(all, count, sizeof *all, by_size);
  if (count > 0) printf(",\"p50Us\":%.1f,\"p99Us\":%.1f", all[count / 2] / 1e3, all[count * 99 / 100] / 1e3);
}

static void print_bursts(void) {
  long count = bursts_end;
  long tenth = count / 10;
  if (tenth == 0) return;
  double calls = (double)tenth * threads;
  double first = calls / (burst_starts[tenth] - burst_starts[0]);
  double last = calls / (burst_starts[count] - burst_starts[count - tenth]);
  printf(",\"firstTenthPerSecond\":%.0f,\"lastTenthPerSecond\":%.0f", first, last);
}

static const struct option option_names[] = {
  {"direct", no_argument, &direct, 1},
  {"verify", no_argument, &verify, 1},
  {"threads", required_argument, NULL, 't'},
  {"seconds", required_argument, NULL, 's'},
  {"requests", required_argument, NULL, 'r'},
  {NULL, 0, NULL, 0},
};

static void *(*work_of(const char *mode))(void *) {
  if (strcmp(mode, "read") == 0) return read_through;
  if (strcmp(mode, "random") == 0) return read_at_random;
  if (strcmp(mode, "getattr") == 0) return ask_often;
  if (strcmp(mode, "bursts") == 0) return ask_in_bursts;
  return NULL;
}

static void read_options(int argc, char **argv) {
  for (int option; (option = getopt_long(argc, argv, "", option_names, NULL)) != -1;) {
    if (option == 't') threads = strtoul(optarg, NULL, 10);
    else if (option == 's') limit_seconds = strtod(optarg, NULL);
    else if (option == 'r') requests = strtoull(optarg, NULL, 10);
    else if (option != 0) exit(2);
  }
}

int main(int argc, char **argv) {
  // Whoever started this is gone: nobody waits for the answer.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  void *(*work)(void *) = work_of(argc > 1 ? argv[1] : "");
  if (work == NULL) return fprintf(stderr, "load: read, random, getattr or bursts?\n"), 2;
  read_options(argc -= 1, argv += 1);
  unsigned files = argc - optind;
  if (work == read_through) threads = files;
  if (files == 0 || threads == 0) return fprintf(stderr, "load: no files or no threads\n"), 2;

  if (verify) pattern = make_pattern(pattern_bytes);
  struct task *tasks = calloc(threads, sizeof *tasks);
  burst_starts = calloc(requests / threads + 2, sizeof *burst_starts);
  if (tasks == NULL || burst_starts == NULL) abort();
  bursts_end = __LONG_MAX__;
  pthread_barrier_init(&start_barrier, NULL, threads + 1);
  pthread_barrier_init(&burst_barrier, NULL, threads);
  for (unsigned i = 0; i < threads; i += 1) {
    tasks[i].number = i;
    tasks[i].path = argv[optind + i % files];
    if (pthread_create(&tasks[i].thread, NULL, work, &tasks[i]) != 0) abort();
  }
  pthread_barrier_wait(&start_barrier);
  double start = now_seconds();
  deadline = start + limit_seconds;
  pthread_barrier_wait(&start_barrier);
  uint64_t calls = 0, bytes = 0;
  for (unsigned i = 0; i < threads; i += 1) {
    pthread_join(tasks[i].thread, NULL);
    calls += tasks[i].calls;
    bytes += tasks[i].bytes;
  }
  double seconds = now_seconds() - start;

  printf("{\"seconds\":%.6f,\"calls\":%llu", seconds, (unsigned long long)calls);
  printf(",\"callsPerSecond\":%.1f,\"mibPerSecond\":%.1f", calls / seconds, bytes / (double)MIB / seconds);
  if (work == read_at_random) print_latencies(tasks, calls);
  if (work == ask_in_bursts) print_bursts();
  printf("}\n");
  return 0;
}
