/** Real videos, made by ffmpeg, for real programs to look into. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runLimited } from '../programs.mjs';

/**
 * Short clips are encoded and repeated, since encoding takes long. What ffprobe reads of an mp4 grows with the film's length, and of
 * the others with its bit rate: one clip becomes an hour, the other has a film's rate. Either way they are about 100 MB.
 */
const clips = {
  long: { seconds: 20, repeats: 180, videoRate: '150k', size: '320x180' },
  rich: { seconds: 8, repeats: 10, videoRate: '12M', size: '1280x720' },
};
const makeSeconds = 120;

const containers = [
  { kind: 'mkv', name: 'probe.mkv', clip: 'rich', options: [] },
  { kind: 'mp4 (moov at the end)', name: 'probe-end.mp4', clip: 'long', options: [] },
  {
    kind: 'mp4 (moov at the start)',
    name: 'probe-start.mp4',
    clip: 'long',
    options: ['-movflags', '+faststart'],
  },
  { kind: 'ts', name: 'probe.ts', clip: 'rich', options: [] },
];

export const mediaKinds = containers.map(({ kind, name }) => ({ kind, name }));

/** @returns of each its `kind`, `name`, `path` and `size`. */
export async function makeMedia(folder, signal) {
  const ffmpeg = (args) =>
    runLimited('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { limitSeconds: makeSeconds, signal });
  const clipPath = (clip) => join(folder, `${clip}.mkv`);
  for (const [clip, { seconds, videoRate, size }] of Object.entries(clips)) {
    await ffmpeg([
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=24:duration=${seconds}`],
      ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '48'],
      ...['-b:v', videoRate, '-minrate', videoRate, '-maxrate', videoRate, '-bufsize', videoRate],
      ...['-x264-params', 'nal-hrd=cbr', '-c:a', 'aac', '-b:a', '32k', clipPath(clip)],
    ]);
  }
  const made = [];
  for (const { kind, name, clip, options } of containers) {
    const path = join(folder, name);
    const { repeats } = clips[clip];
    const repeated = ['-stream_loop', String(repeats - 1), '-i', clipPath(clip)];
    await ffmpeg([...repeated, '-c', 'copy', ...options, path]);
    made.push({ kind, name, path, size: (await stat(path)).size });
  }
  return made;
}
