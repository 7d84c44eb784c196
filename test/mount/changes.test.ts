import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingIsMissing, MountWorld, run, within } from '../support/mount-harness.js';
import { ramp } from '../support/mount-tree.mjs';
import { OpenFolder } from '../support/open-folder.js';
import { writesTo } from '../support/writes.js';

// Each title is a heading of docs/SEMANTICS.md. What a binding cannot do is skipped, and says so.

let world: MountWorld;
const listers: OpenFolder[] = [];
beforeEach(async ({ skip }) => {
  world = new MountWorld();
  skip(await bindingIsMissing(), 'libfuse2 is not installed');
});
afterEach(async () => {
  for (const lister of listers.splice(0)) lister.end();
  await world.end();
});

/** How soon after a change everybody sees it, in milliseconds. */
const soonMs = 1_000;

/** Asks until the answer satisfies, for a second after the change. */
async function soon<Answer>(
  what: string,
  ask: () => Promise<Answer>,
  satisfies: (answer: Answer) => boolean,
) {
  const untilMs = Date.now() + soonMs;
  let answer = await ask();
  while (!satisfies(answer) && Date.now() < untilMs) answer = await ask();
  expect(satisfies(answer), `${what}: ${JSON.stringify(answer)}`).toBe(true);
}

const hour = { attrTimeoutMs: 3_600_000 };

test('A change of the tree shows at once, in every running program', async ({ skip }) => {
  const { mountpoint, capabilities, tell } = await world.mount(hour);
  skip(!capabilities.invalidate, 'this binding cannot tell the kernel of changes');
  const reader = world.reader();
  const folder = join(mountpoint, 'movies');
  const open = new OpenFolder(folder);
  listers.push(open);
  const file = join(folder, 'New (2026).mkv');
  const names = (): Promise<string[] | string> => reader.call<string[]>('readdir', folder);
  const lines = async (): Promise<string> => (await run('ls', '-l', folder)).stdout;
  const movedTime = async (): Promise<number> => {
    const stat = await reader.call<{ mtimeMs: number }>('stat', folder);
    return typeof stat === 'string' ? 0 : stat.mtimeMs;
  };

  expect(await reader.call('stat', file)).toBe('ENOENT');
  expect(await names()).not.toContain('New (2026).mkv');
  expect(await open.list()).not.toContain('New (2026).mkv');
  const before = await movedTime();

  await tell('add', 'movies/New (2026).mkv', 5000);
  await soon(
    'stat',
    () => reader.call('stat', file),
    (answer) => typeof answer === 'object',
  );
  await soon('listing', names, (answer) => answer.includes('New (2026).mkv'));
  await soon(
    'an open folder',
    () => open.list(),
    (answer) => answer.includes('New (2026).mkv'),
  );
  await soon('ls -l', lines, (answer) => answer.includes('5000'));
  await soon("the folder's time", movedTime, (answer) => answer > before);
  expect(await reader.call('readText', join(mountpoint, '.debridfs-mounted'))).toBe('mounted\n');

  const added = await movedTime();
  await tell('remove', 'movies/New (2026).mkv');
  await soon(
    'stat',
    () => reader.call('stat', file),
    (answer) => answer === 'ENOENT',
  );
  await soon('listing', names, (answer) => !answer.includes('New (2026).mkv'));
  await soon(
    'an open folder',
    () => open.list(),
    (answer) => !answer.includes('New (2026).mkv'),
  );
  await soon("the folder's time", movedTime, (answer) => answer >= added);

  await tell('add', 'shows/A Show/Season 01/A Show - S01E01.mkv', 7);
  const deep = join(mountpoint, 'shows/A Show/Season 01/A Show - S01E01.mkv');
  await soon(
    'new folders',
    () => reader.call('stat', deep),
    (answer) => typeof answer === 'object',
  );
  await tell('remove', 'shows');
  await soon(
    'removed folders',
    () => reader.call('stat', deep),
    (answer) => answer === 'ENOENT',
  );
});

test('A file that takes the place of another is another file, also while the old one is open', async ({
  skip,
}) => {
  const { mountpoint, capabilities, tell } = await world.mount(hour);
  skip(!capabilities.invalidate, 'this binding cannot tell the kernel of changes');
  const reader = world.reader();
  const path = join(mountpoint, 'movies/Film.mkv');
  const bytesOf = (content: number): unknown => ({
    length: 5000,
    sha256: createHash('sha256')
      .update(ramp(content, 0, 5000))
      .digest('hex'),
  });
  await tell('add', 'movies/Film.mkv', 5000, 9);
  const old = await reader.call('open', path, 'r');
  expect(await reader.call('readAt', old, 0, 5000)).toEqual(bytesOf(9));
  await tell('add', 'movies/Film.mkv', 5000, 10);
  const fresh = await reader.call('open', path, 'r');
  expect(await reader.call('readAt', fresh, 0, 5000)).toEqual(bytesOf(10));
  expect(await reader.call('readAt', old, 0, 5000)).toEqual(bytesOf(9));
});

test('Changes are told while the same folder is looked up, listed and read', async ({ skip }) => {
  const { mountpoint, capabilities, tell } = await world.mount(hour);
  skip(!capabilities.invalidate, 'this binding cannot tell the kernel of changes');
  const folder = join(mountpoint, 'movies');
  let isDone = false as boolean;
  const busy = Array.from({ length: 4 }, async (_, index) => {
    const reader = world.reader();
    for (let n = 0; !isDone; n += 1) {
      await reader.call('stat', join(folder, `Film ${n % 20}.mkv`));
      if (index === 0) await reader.call('readdir', folder);
      const fd = await reader.call('open', join(mountpoint, 'slow.mkv'), 'r');
      await reader.call('readAt', fd, n * 100_000, 100_000);
      await reader.call('close', fd);
    }
  });
  for (let n = 0; n < 60; n += 1) {
    await tell('add', `movies/Film ${n % 20}.mkv`, n);
    if (n % 3 === 0) await tell('remove', `movies/Film ${n % 20}.mkv`);
  }
  isDone = true;
  await Promise.all(busy);
  const reader = world.reader();
  const films = Array.from({ length: 20 }, (_, index) => `Film ${index}.mkv`);
  const listed = (await reader.call<string[]>('readdir', folder)).toString();
  const found = await Promise.all(films.map((film) => reader.call<object>('stat', join(folder, film))));
  expect(films.filter((film) => listed.includes(film))).toEqual(
    films.filter((_, index) => typeof found[index] === 'object'),
  );
});

test('A program that watches a folder is woken by what comes and goes in it', async ({ skip }) => {
  const { mountpoint, capabilities, tell } = await world.mount({ ...hour, announce: true });
  skip(!capabilities.announce, 'this binding cannot wake watchers');
  const reader = world.reader();
  const folder = join(mountpoint, 'movies');
  const told = (): Promise<string[] | string> => reader.call<string[]>('events');
  await reader.call('watch', folder);
  await reader.call('watch', mountpoint);

  await tell('add', 'movies/New (2026).mkv', 5000);
  await soon('a new file', told, (events) => events.includes('rename New (2026).mkv'));
  expect(await reader.call('stat', join(folder, 'New (2026).mkv'))).toMatchObject({ size: 5000 });

  await tell('add', 'shows/A Show/Season 01/A Show - S01E01.mkv', 7);
  await soon('a new folder', told, (events) => events.includes('rename shows'));
  await reader.call('watch', join(mountpoint, 'shows/A Show/Season 01'));

  const count = (await told()).length;
  await tell('remove', 'movies/New (2026).mkv');
  await soon('a file that goes', told, (events) => events.slice(count).includes('rename New (2026).mkv'));
  await tell('remove', 'shows');
  await soon('its folder', told, (events) => events.includes('rename A Show - S01E01.mkv'));
  await soon(
    'a folder that goes',
    told,
    (events) => events.lastIndexOf('rename shows') > events.indexOf('rename shows'),
  );
  expect(await reader.call('stat', join(mountpoint, 'shows'))).toBe('ENOENT');
  await soon(
    'open files',
    () => tell<unknown[]>('open'),
    (open) => open.length === 0,
  );
});

test('A mount that wakes watchers refuses the writes of everybody else', async ({ skip }) => {
  const { mountpoint, capabilities, tell } = await world.mount({ ...hour, announce: true });
  skip(!capabilities.announce, 'this binding cannot wake watchers');
  const writer = world.reader();
  const small = join(mountpoint, 'movies/Small (2024)/Small (2024).mkv');
  const folder = join(mountpoint, 'broken');
  const fresh = join(mountpoint, 'movies/New (2026).mkv');
  const tryAll = async (refusal: RegExp): Promise<void> => {
    for (const [call, ...args] of writesTo({ file: small, folder, fresh }))
      expect(await writer.call(call, ...args), call).toMatch(refusal);
    expect((await run('mkfifo', join(mountpoint, 'fifo'))).stderr).toContain('Read-only file system');
    expect((await run('setfattr', '-n', 'user.x', '-v', 'y', small)).code).not.toBe(0);
  };
  await tryAll(/^(EROFS|EEXIST|ENOTEMPTY)$/);
  // Also while a change of that very name is announced: for moments it is a file, onto which no folder can be renamed.
  const announcing = (async () => {
    for (let n = 0; n < 20; n += 1) {
      await tell('add', 'movies/New (2026).mkv', n);
      await tell('remove', 'movies/New (2026).mkv');
    }
  })();
  await tryAll(/^(EROFS|EEXIST|ENOTEMPTY|ENOTDIR)$/);
  await announcing;
  expect(await writer.call('stat', small)).toMatchObject({ size: 100_001 });
});

test('A process that ends while it tells the kernel of a change ends all the same', async ({ skip }) => {
  const { mountpoint, capabilities, tell, exited } = await world.mount(hour);
  skip(!capabilities.invalidate, 'this binding cannot tell the kernel of changes');
  const readers = Array.from({ length: 6 }, () => world.reader());
  await Promise.all(readers.map((reader) => reader.call('stat', join(mountpoint, 'movies/none'))));
  let isOver = false as boolean;
  const busy = readers.map(async (reader, index) => {
    for (let n = 0; !isOver; n += 1) {
      const answer = await reader.call('stat', join(mountpoint, `movies/none ${index} ${n}`));
      if (answer !== 'ENOENT') return;
    }
  });
  await tell('exitWhileTelling', 'movies/Small (2024)');
  await within(exited, 'end of the process');
  isOver = true;
  await Promise.all(busy);
});
