// Preloaded into ffprobe: counts the blocks of 256 KiB that it reads of one file.
//
//   TOUCHED_FILE=PATH TOUCHED_OUTPUT=FILE LD_PRELOAD=touched.so ffprobe PATH
//
// Writes the bytes of those blocks into the output file when the program ends.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024, MAX_BLOCKS = 1 << 20 };

static uint8_t touched[MAX_BLOCKS];

static int is_file(int descriptor) {
  char link[64], path[PATH_MAX];
  const char *file = getenv("TOUCHED_FILE");
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (file == NULL || length < 0) return 0;
  path[length] = '\0';
  return strcmp(path, file) == 0;
}

ssize_t read(int descriptor, void *buffer, size_t count) {
  static ssize_t (*real_read)(int, void *, size_t);
  if (real_read == NULL) *(void **)&real_read = dlsym(RTLD_NEXT, "read");
  ssize_t got = real_read(descriptor, buffer, count);
  if (got <= 0 || !is_file(descriptor)) return got;
  off_t end = lseek(descriptor, 0, SEEK_CUR);
  for (off_t block = (end - got) / BLOCK_BYTES; block <= (end - 1) / BLOCK_BYTES && block < MAX_BLOCKS; block += 1) {
    touched[block] = 1;
  }
  return got;
}

__attribute__((destructor)) static void tell(void) {
  const char *output = getenv("TOUCHED_OUTPUT");
  FILE *file = output == NULL ? NULL : fopen(output, "w");
  if (file == NULL) return;
  long long bytes = 0;
  for (size_t block = 0; block < MAX_BLOCKS; block += 1) bytes += touched[block] * (long long)BLOCK_BYTES;
  fprintf(file, "%lld\n", bytes);
  fclose(file);
}
