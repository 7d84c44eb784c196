// What the benchmark's mounts hold, the same in every server (memory-file-system.mjs makes it in JavaScript):
//   big/0.bin ... big/7.bin     512 MiB each; file n is one pattern, repeated, from byte n MiB on
//   tree/0000 ... tree/1999     each with 0.mkv ... 9.mkv of 1 MiB
#ifndef CONTENT_H
#define CONTENT_H

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)

enum { BIG_FILES = 8, FOLDERS = 2000, FILES_PER_FOLDER = 10 };

static const uint64_t pattern_bytes = 64 * MIB;
static const uint64_t big_file_bytes = 512 * MIB;
static const uint64_t small_file_bytes = 1 * MIB;

// Where in the pattern a byte of file `number` is.
static uint64_t pattern_offset(uint64_t number, uint64_t offset) {
  return (offset + number * MIB) % pattern_bytes;
}

#endif
