// What the file server serves, and what it counts. Each line of its list is one file:
//   NAME SIZE SHIFT       the pattern, repeated, from its byte SHIFT on
//   NAME SIZE - PATH      a file on disk
// The pattern's length is a prime number, so that no two places that could be mistaken for each other hold the same bytes.
#ifndef SERVED_FILES_H
#define SERVED_FILES_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../pattern.h"

enum { MAX_FILES = 1024, MAX_NAME = 128, PATTERN_BYTES = 8388617 };

struct file {
  char name[MAX_NAME];
  uint64_t size;
  // The bytes, repeated from `shift` on.
  const uint8_t *bytes;
  uint64_t length;
  uint64_t shift;
  // Since the last reset: body bytes that reached the client's machine, requests, and how many of them at once.
  atomic_llong sent, requests, open, most_open;
};

static struct file files[MAX_FILES];
static size_t file_count;

static const uint8_t *map_file(const char *path, uint64_t size) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  void *bytes = descriptor < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  if (bytes == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  close(descriptor);
  return bytes;
}

static void load_files(const char *list) {
  const uint8_t *pattern = make_pattern(PATTERN_BYTES);
  FILE *lines = fopen(list, "r");
  if (lines == NULL) {
    perror(list);
    exit(1);
  }
  char name[MAX_NAME], shift[32], path[512];
  unsigned long long size;
  char line[1024];
  while (file_count < MAX_FILES && fgets(line, sizeof line, lines) != NULL) {
    int fields = sscanf(line, "%127s %llu %31s %511s", name, &size, shift, path);
    if (fields < 3) continue;
    struct file *file = &files[file_count++];
    strcpy(file->name, name);
    file->size = size;
    file->bytes = fields == 4 ? map_file(path, size) : pattern;
    file->length = fields == 4 ? size : PATTERN_BYTES;
    file->shift = fields == 4 ? 0 : strtoull(shift, NULL, 10);
  }
  fclose(lines);
}

static struct file *find_file(const char *name) {
  for (size_t i = 0; i < file_count; i += 1) {
    if (strcmp(files[i].name, name) == 0) return &files[i];
  }
  return NULL;
}

// The bytes at `offset`, as many as are in one piece.
static const uint8_t *bytes_at(const struct file *file, uint64_t offset, uint64_t *available) {
  uint64_t place = (offset + file->shift) % file->length;
  *available = file->length - place;
  return file->bytes + place;
}

static void count_start(struct file *file) {
  file->requests += 1;
  long long now_open = (file->open += 1);
  long long most = file->most_open;
  while (most < now_open && !atomic_compare_exchange_weak(&file->most_open, &most, now_open)) {
  }
}

static void reset_counts(void) {
  for (size_t i = 0; i < file_count; i += 1) {
    files[i].sent = files[i].requests = 0;
    files[i].most_open = (long long)files[i].open;
  }
}

// One line of JSON: a file's counts, or of all files together where there is no such name.
static void print_counts(const char *name) {
  long long sent = 0, requests = 0, open = 0, most_open = 0;
  const struct file *only = find_file(name);
  for (size_t i = 0; i < file_count; i += 1) {
    if (only != NULL && only != &files[i]) continue;
    sent += files[i].sent;
    requests += files[i].requests;
    open += files[i].open;
    if (most_open < files[i].most_open) most_open = files[i].most_open;
  }
  printf("{\"bytes\":%lld,\"requests\":%lld,\"open\":%lld,\"mostOpen\":%lld}\n", sent, requests, open, most_open);
}

#endif
