/**
 * The bytes that the benchmarks serve; pattern.h makes the same ones in C.
 * @param bytes how many.
 */
export function makePattern(bytes) {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i += 1) {
    let word = Math.imul(i, 2654435761);
    word ^= word >>> 15;
    words[i] = Math.imul(word, 2246822519);
  }
  return Buffer.from(words.buffer, 0, bytes);
}
