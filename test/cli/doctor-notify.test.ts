import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeRunFile } from '../../src/server/run-file.js';
import { asKodi, asMediaBrowser, asPlex, fakeMediaServer } from '../notify/fake-media-server.js';
import { DoctorHarness, films, mapped, plexAt, said, token } from './doctor-harness.js';

let cli: DoctorHarness;

beforeEach(() => {
  cli = new DoctorHarness();
});

afterEach(() => cli.remove());

describe('doctor, of a media server that has the mount in its libraries,', () => {
  it('says which folders of Plex, Jellyfin, Emby and Kodi have it, and tells them nothing', async () => {
    const plex = await fakeMediaServer(asPlex(token, ['/media']));
    const jellyfin = await fakeMediaServer(
      asMediaBrowser('jellyfin', token, ['/media/movies/', '/media/shows']),
    );
    const emby = await fakeMediaServer(asMediaBrowser('emby', token, films));
    const kodi = await fakeMediaServer(
      asKodi('kodi:p@ssword', ['multipath://%2fmedia%2fmovies%2f/%2fmedia%2fshows%2f/']),
    );
    const lines = await cli.linesOf([
      plexAt(plex),
      `kind: jellyfin, url: "${jellyfin.url}", token: ${token}, ${mapped}`,
      `kind: emby, url: "${emby.url}/emby", token: ${token}, ${mapped}`,
      `kind: kodi, url: "${kodi.url.replace('//', '//kodi:p%40ssword@')}", ${mapped}`,
    ]);
    expect(lines).toEqual([
      'ok    notify plex at HOST: works; its libraries have /media/movies, /media/shows',
      'ok    notify jellyfin at HOST: works; its libraries have /media/movies, /media/shows',
      'ok    notify emby at HOST: works; its libraries have /media/movies, /media/shows',
      'ok    notify kodi at HOST: works; its video sources have /media/movies, /media/shows',
    ]);
    const sent = [plex, jellyfin, emby, kodi].flatMap(({ received }) => received);
    expect(
      sent.map(({ method, url, body }) => [method, url, (body as { method?: string } | null)?.method]),
    ).toEqual([
      ['GET', '/library/sections', undefined],
      ['GET', '/Library/VirtualFolders', undefined],
      ['GET', '/emby/Library/VirtualFolders', undefined],
      ['POST', '/jsonrpc', 'JSONRPC.Ping'],
      ['POST', '/jsonrpc', 'Files.GetSources'],
    ]);
    expect((await cli.run('doctor')).code).toBe(0);
  });

  it('on Windows says which folders of it have the mount', async () => {
    const server = await fakeMediaServer(asPlex(token, ['D:\\Media\\movies\\', 'D:\\Media\\Shows']));
    expect(await cli.lineOf(plexAt(server, "pathMap: { /mnt/media: 'D:\\Media' }"))).toMatch(
      /^warn {2}notify plex at HOST: its libraries have D:\\Media\\movies, but not D:\\Media\\shows: /,
    );
  });

  it('does not know whether it has the mount where no mountpoint is configured, except while one is mounted', async () => {
    const server = await fakeMediaServer(asPlex(token, films));
    cli.configure([plexAt(server)]);
    const file = join(cli.dir, 'config.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('mountpoint: /mnt/media\n', ''));
    expect(said(await cli.run('doctor'))).toEqual([
      'ok    notify plex at HOST: works; whether its libraries have the mount is not known, as no mountpoint is configured',
    ]);
    mkdirSync(cli.stateDir);
    writeRunFile(cli.stateDir, { pid: process.pid, mountpoint: '/mnt/media', server: null });
    expect(said(await cli.run('doctor'))).toEqual([expect.stringMatching(/have \/media\/movies, /)]);
  });

  it('counts folders of your own, anime where that is separate, and what `pathMap` names in all/', async () => {
    const server = await fakeMediaServer(asPlex(token, [...films, '/media/all/A', '/srv/4K']));
    const more =
      'tree: { anime: separate }\nfolders: [{ name: 4K, resolution: 2160 }, { name: 4K, year: 2020 }]\n';
    expect(
      await cli.lineOf(
        plexAt(
          server,
          'pathMap: { /mnt/media: /media, /mnt/media/4K/: /srv/4K, /mnt/media/all: /media/all }',
        ),
        more,
      ),
    ).toBe(
      'warn  notify plex at HOST: its libraries have /media/movies, /media/shows, /srv/4K, parts of /media/all, but not /media/anime: its libraries are at /media/movies, /media/shows, /media/all/A, /srv/4K → Add what is missing to its libraries, or correct `pathMap`, which says how it sees /mnt/media; it may also name only what is there.',
    );
  });
});

describe('doctor, of a media server that would scan nothing,', () => {
  it('says so, and where its libraries are, so that the mismatch is seen', async () => {
    const server = await fakeMediaServer(asPlex(token, ['/data/films', '/mnt/mediator']));
    expect(await cli.lineOf(plexAt(server, 'pathMap: {}'))).toBe(
      'fail  notify plex at HOST: scans nothing: it is told of /mnt/media/movies, /mnt/media/shows, but its libraries are at /data/films, /mnt/mediator → Add those folders to its libraries, or correct `pathMap`, which says how it sees /mnt/media.',
    );
    expect((await cli.run('doctor')).code).toBe(1);
  });

  it('says that it has no library yet', async () => {
    const jellyfin = await fakeMediaServer(asMediaBrowser('jellyfin', token, []));
    const kodi = await fakeMediaServer(asKodi(null, []));
    expect(
      await cli.linesOf([
        `kind: jellyfin, url: "${jellyfin.url}", token: ${token}`,
        `kind: kodi, url: "${kodi.url}"`,
      ]),
    ).toEqual([
      'fail  notify jellyfin at HOST: works, but names no folder of its libraries → Add the folders of the mount there.',
      'fail  notify kodi at HOST: works, but names no folder of its video sources → Add the folders of the mount there.',
    ]);
  });

  it('names a `pathMap` of folders that the mount does not have', async () => {
    const server = await fakeMediaServer(asPlex(token, films));
    expect(
      await cli.lineOf(plexAt(server, 'pathMap: { /mnt/medai: /media, /mnt/media/Movies: /media/movies }')),
    ).toMatch(
      /^fail {2}notify plex at HOST: is told nothing: `pathMap` names \/mnt\/medai, \/mnt\/media\/Movies, of which the mount at \/mnt\/media has nothing → Correct that: .* such as \/mnt\/media or \/mnt\/media\/movies\.$/,
    );
    expect(
      await cli.lineOf(plexAt(server, 'pathMap: { /mnt: /, /mnt/media: /media, /mnt/medai: /x }')),
    ).toMatch(/^warn .*: `pathMap` names \/mnt\/medai, /);
  });

  it('shows no more of its libraries than fits, no login in them, and nothing that a terminal would obey', async () => {
    const folders = ['smb://me:hunter22@nas/films', '/a\u001b[2J\nok    all', '1', '2', '3', '4', '5', '6'];
    const kodi = await fakeMediaServer(asKodi(null, folders));
    const line = await cli.lineOf(`kind: kodi, url: "${kodi.url}"`);
    expect(line).toContain('are at smb://nas/films, /a?[2J?ok    all, 1, 2, 3, 4 and 2 more →');
  });
});

it('doctor asks no target of a configuration that is wrong', async () => {
  const server = await fakeMediaServer(asPlex(token, films));
  expect(await cli.linesOf([`kind: plex, url: "${server.url}", token: "\${NOT_SET}"`])).toEqual([]);
  expect(server.received).toEqual([]);
});
