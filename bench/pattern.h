// The bytes that the benchmarks serve (pattern.mjs makes the same ones in JavaScript): word i is a mix of i, so that no two
// pages are alike.
#ifndef PATTERN_H
#define PATTERN_H

#include <stdint.h>
#include <stdlib.h>

static uint8_t *make_pattern(uint64_t bytes) {
  uint64_t count = (bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t);
  uint32_t *words = malloc(count * sizeof *words);
  if (words == NULL) abort();
  for (uint32_t i = 0; i < count; i += 1) {
    uint32_t word = i * 2654435761u;
    word ^= word >> 15;
    words[i] = word * 2246822519u;
  }
  return (uint8_t *)words;
}

#endif
