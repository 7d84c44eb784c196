import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropLink, keepLink } from '../../src/config/keep-link.js';
import { linkLine, parseLinks } from '../../src/config/links-file.js';
import { LinksFiles } from '../../src/config/links-files.js';
import { systemClock } from '../../src/core/clock.js';
import { plainLink } from '../../src/core/own-links.js';
import { keepingWarnings } from '../providers/minimal-services.js';

const plain = plainLink('https://hoster.example/f/1');

describe('a links file', () => {
  it('holds a URL in each line, and words behind it', () => {
    const text = [
      '# films',
      '',
      'https://hoster.example/f/1',
      '  http://other.example/x?a=b#c   size=4294967296 name="A Film (2020).mkv"  PASSWORD=pässword buy=TRUE quality=720p',
      'https://hoster.example/f/2 size=2GiB buy=false\r',
    ].join('\n');
    const { links, problems } = parseLinks(text);
    expect(problems).toEqual([]);
    expect(links).toEqual([
      plain,
      {
        ...plain,
        url: 'http://other.example/x?a=b#c',
        size: 4294967296,
        name: 'A Film (2020).mkv',
        password: 'pässword',
        mayBuy: true,
        quality: '720p',
      },
      { ...plain, url: 'https://hoster.example/f/2', size: 2147483648 },
    ]);
  });

  it('says which line is wrong, and keeps the link of one with a wrong word', () => {
    const text = [
      'hoster.example/f/1',
      'https://me:secret@hoster.example/f/1',
      'https://hoster.example/f/2 size=large',
      'https://hoster.example/f/3 colour=red',
      'https://hoster.example/f/4 A Film.mkv',
      'https://hoster.example/f/5 buy=maybe',
    ].join('\n');
    const { links, problems } = parseLinks(text);
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(JSON.stringify(problems)).not.toContain('secret');
    expect(links.map(({ url, size, mayBuy }) => [url.slice(-1), size, mayBuy])).toEqual(
      ['2', '3', '4', '5'].map((number) => [number, null, false]),
    );
  });

  it('reads back every link that is written', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((value) => {
      const line = value.replace(/["\r\n\u2028\u2029\s]+/gu, ' ').trim();
      return line === '' ? 'x' : line;
    });
    const link = fc.record({
      url: fc.webUrl({ withQueryParameters: true, withFragments: true }).filter((url) => !/\s/.test(url)),
      container: fc.constant(null),
      name: fc.option(text),
      size: fc.option(fc.integer({ min: 1, max: 2 ** 40 })),
      password: fc.option(text),
      quality: fc.option(fc.constantFrom('720p', '4K', 'mp3')),
      mayBuy: fc.boolean(),
      order: fc.constantFrom('', '2026-11-27T15:00:00.000Z'),
    });
    fc.assert(
      fc.property(link, (own) => {
        expect(parseLinks(linkLine(own))).toEqual({ links: [own], problems: [] });
      }),
    );
  });

  it('is understood or refused, whatever it holds, and soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        for (const { url } of parseLinks(text).links) expect(URL.canParse(url)).toBe(true);
      }),
    );
    const long = `https://hoster.example/f ${'name="" '.repeat(2_000)}`;
    expect(parseLinks(long.slice(0, 16_000)).links).toHaveLength(1);
    expect(parseLinks(`${'\n'.repeat(100_001)}https://hoster.example/f`).links).toEqual([]);
  });
});

describe('links files', () => {
  let folder: string;
  const { logger, warnings } = keepingWarnings();
  const path = (name: string): string => join(folder, name);
  const files = (...names: readonly string[]): LinksFiles =>
    new LinksFiles(names.map(path), path('own.txt'), systemClock, logger);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'debridfs-links-'));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read anew when they change, and each URL is told once, as the file of debridfs add says', async () => {
    writeFileSync(path('a.txt'), 'https://hoster.example/1\nhttps://hoster.example/2 size=5\n');
    const links = files('a.txt');
    expect((await links.read()).links.map(({ url }) => url)).toEqual([
      'https://hoster.example/1',
      'https://hoster.example/2',
    ]);
    writeFileSync(path('a.txt'), 'https://hoster.example/2 size=5\nhttps://hoster.example/333\n');
    writeFileSync(path('own.txt'), 'https://hoster.example/2 buy=true\n');
    const read = await links.read();
    expect(read).toMatchObject({ isComplete: true });
    expect(read.links.map(({ url, mayBuy, size }) => [url, mayBuy, size])).toEqual([
      ['https://hoster.example/2', true, 5],
      ['https://hoster.example/333', false, null],
    ]);
    expect(links.last).toEqual(read.links);
    expect(warnings).toEqual([]);
  });

  it('that cannot be read keep what they said, and are told of once', async () => {
    writeFileSync(path('a.txt'), 'https://hoster.example/1\n');
    const links = files('a.txt', 'b.txt');
    expect(await links.read()).toMatchObject({
      isComplete: false,
      links: [{ url: 'https://hoster.example/1' }],
    });
    rmSync(path('a.txt'));
    expect(await links.read()).toMatchObject({
      isComplete: false,
      links: [{ url: 'https://hoster.example/1' }],
    });
    await links.read();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('b.txt cannot be read (ENOENT)');
  });

  it('tell what is wrong with each of them until it is mended', async () => {
    writeFileSync(path('a.txt'), 'https://hoster.example/1 size=much\nnothing\n');
    const links = files('a.txt', 'b.txt');
    await links.read();
    expect(links.problems).toEqual([
      expect.stringMatching(/a\.txt, line 1: Write the exact size .* \(and 1 more\)$/),
      expect.stringMatching(/b\.txt cannot be read \(ENOENT\)/),
    ]);
    const unchanged = readFileSync(path('a.txt'));
    rmSync(path('a.txt'));
    writeFileSync(path('b.txt'), 'https://hoster.example/2\n');
    await links.read();
    expect(links.problems).toEqual([expect.stringContaining('a.txt cannot be read')]);
    writeFileSync(path('a.txt'), unchanged);
    await links.read();
    expect(links.problems).toEqual([expect.stringContaining('a.txt, line 1')]);
    writeFileSync(path('a.txt'), 'https://hoster.example/1\n');
    await links.read();
    expect(links.problems).toEqual([]);
  });

  it('that are pipes or folders are told of, and keep nobody waiting', async () => {
    execFileSync('mkfifo', [path('pipe.txt')]);
    mkdirSync(path('folder.txt'));
    expect(await files('pipe.txt', 'folder.txt').read()).toEqual({ links: [], isComplete: false });
    expect(warnings).toHaveLength(2);
    expect(warnings.join(' ')).toContain('pipe.txt cannot be read (it is no file)');
  });

  it('that do not change are told as the same list, which nobody needs to look through again', async () => {
    writeFileSync(path('a.txt'), 'https://hoster.example/1\n');
    const links = files('a.txt');
    const { links: first } = await links.read();
    expect((await links.read()).links).toBe(first);
    writeFileSync(path('a.txt'), 'https://hoster.example/22\n');
    expect((await links.read()).links).not.toBe(first);
  });

  it('that are containers are handed on as they are', async () => {
    writeFileSync(path('films.dlc'), Buffer.from([1, 2, 3]));
    const { links } = await files('films.dlc').read();
    expect(links).toHaveLength(1);
    expect(links[0]).toMatchObject({ container: Buffer.from([1, 2, 3]) });
    expect(links[0]?.url).toMatch(/^file:\/\/.*films\.dlc$/);
  });

  it('keep all other lines when a link is written, and are for their owner alone', () => {
    const url = 'https://hoster.example/1';
    keepLink(path('own.txt'), url, (before) => ({ ...plain, url, mayBuy: before !== null }));
    expect(statSync(path('own.txt')).mode & 0o777).toBe(0o600);
    writeFileSync(path('own.txt'), `# mine\n${url} size=7\n\nhttps://hoster.example/2\n`);
    const kept = keepLink(path('own.txt'), url, (before) => ({ ...plain, url, size: before?.size ?? null }));
    expect(kept.size).toBe(7);
    expect(readFileSync(path('own.txt'), 'utf8')).toBe(`# mine\n\nhttps://hoster.example/2\n${url} size=7\n`);
  });

  it('lose no line when two commands write at once, and wait for no process that died', async () => {
    const file = path('own.txt');
    const script = `
      const db = new (require('better-sqlite3'))(process.argv[1] + '.lock');
      db.exec('BEGIN EXCLUSIVE');
      console.log('locked');
      if (process.argv[2] === 'hang') setInterval(() => {}, 1000);
      else setTimeout(() => {
        require('node:fs').appendFileSync(process.argv[1], 'https://hoster.example/theirs\\n');
        db.close();
      }, 200);`;
    const start = async (...how: string[]): Promise<ReturnType<typeof spawn>> => {
      const other = spawn(process.execPath, ['-e', script, file, ...how], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(other.stdout, 'data');
      return other;
    };
    const url = 'https://hoster.example/mine';
    const other = await start();
    keepLink(file, url, () => ({ ...plain, url }));
    expect(readFileSync(file, 'utf8')).toBe(`https://hoster.example/theirs\n${url}\n`);
    if (other.exitCode === null) await once(other, 'exit');
    const hanging = await start('hang');
    hanging.kill('SIGKILL');
    await once(hanging, 'exit');
    expect(dropLink(file, url)).toBe(1);
    expect(dropLink(file, url)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('https://hoster.example/theirs\n');
  });
});

it('a line whose URL holds control characters does not reach the terminal', () => {
  const { links, problems } = parseLinks(
    'https://hoster.example/\u001b[2Jx\nhttps://hoster.example/\u009b1mx',
  );
  expect(links).toEqual([]);
  expect(problems.map(({ line }) => line)).toEqual([1, 2]);
});
