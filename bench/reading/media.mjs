/** Real videos, made by ffmpeg, for real programs to look into. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runLimited } from '../programs.mjs';

/** One short clip, at the bit rate of a film, is made once and repeated: encoding takes long. */
const clipSeconds = 8;
const repeats = 12;
const megabitsPerSecond = 10;
const makeSeconds = 120;

const containers = [
  { kind: 'mkv', name: 'probe.mkv', options: [] },
  { kind: 'mp4 (moov at the end)', name: 'probe-end.mp4', options: [] },
  { kind: 'mp4 (moov at the start)', name: 'probe-start.mp4', options: ['-movflags', '+faststart'] },
  { kind: 'ts', name: 'probe.ts', options: [] },
];

export const mediaKinds = containers.map(({ kind, name }) => ({ kind, name }));

/** @returns of each its `kind`, `name`, `path` and `size`: about 120 MB. */
export async function makeMedia(folder, signal) {
  const ffmpeg = (args) =>
    runLimited('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { limitSeconds: makeSeconds, signal });
  const clip = join(folder, 'clip.mkv');
  const rate = `${megabitsPerSecond}M`;
  await ffmpeg([
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=24:duration=${clipSeconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${clipSeconds}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '48'],
    ...['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate],
    ...['-x264-params', 'nal-hrd=cbr', '-c:a', 'aac', clip],
  ]);
  const made = [];
  for (const { kind, name, options } of containers) {
    const path = join(folder, name);
    await ffmpeg(['-stream_loop', String(repeats - 1), '-i', clip, '-c', 'copy', ...options, path]);
    made.push({ kind, name, path, size: (await stat(path)).size });
  }
  return made;
}
