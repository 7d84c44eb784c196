// What the benchmark's mounts hold, the same in every server (memory-file-system.mjs makes it in JavaScript):
//   big/0.bin ... big/7.bin     512 MiB each; file n is one pattern, repeated, from byte n MiB on
//   tree/0000 ... tree/1999     each with 0.mkv ... 9.mkv of 1 MiB
#ifndef CONTENT_H
#define CONTENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MIB ((uint64_t)1 << 20)

enum { BIG_FILES = 8, FOLDERS = 2000, FILES_PER_FOLDER = 10 };

static const uint64_t pattern_bytes = 64 * MIB;
static const uint64_t big_file_bytes = 512 * MIB;
static const uint64_t small_file_bytes = 1 * MIB;

// The pattern: word i is a mix of i, so that no two pages are alike.
static uint8_t *make_pattern(void) {
  uint32_t *words = malloc(pattern_bytes);
  if (words == NULL) abort();
  for (uint32_t i = 0; i < pattern_bytes / sizeof *words; i += 1) {
    uint32_t word = i * 2654435761u;
    word ^= word >> 15;
    words[i] = word * 2246822519u;
  }
  return (uint8_t *)words;
}

// Where in the pattern a byte of file `number` is.
static uint64_t pattern_offset(uint64_t number, uint64_t offset) {
  return (offset + number * MIB) % pattern_bytes;
}

#endif
