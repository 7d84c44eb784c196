import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisMachine, type Machine } from '../../src/cli/doctor/machine.js';
import { fakeMediaServer } from '../notify/fake-media-server.js';
import { DoctorHarness, token } from './doctor-harness.js';
import { goodMachine } from './harness.js';

let cli: DoctorHarness;

beforeEach(() => {
  cli = new DoctorHarness();
});

afterEach(() => cli.remove());

describe('doctor, of a webhook,', () => {
  it('asks its host alone, sends it no token and no event, and says so', async () => {
    const server = await fakeMediaServer(() => ({ status: 404 }));
    expect(
      await cli.lineOf(
        `kind: webhook, url: "${server.url.replace('//', '//me:hunter22@')}/hook/abc?x=1", token: ${token}`,
      ),
    ).toBe('ok    notify webhook at HOST: can be reached; it was not told anything');
    expect(server.received).toMatchObject([{ method: 'HEAD', url: '/', body: null }]);
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
    expect(await cli.lineOf('kind: webhook, url: "http://127.0.0.1:1/hook"')).toMatch(
      /^fail .*ECONNREFUSED\) → See/,
    );
  });
});

describe('doctor, of a command,', () => {
  const program = (name: string, text: string, mode = 0o755): string => {
    const path = join(cli.dir, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  /** The files of this machine, and no more of it. */
  const real: Machine = {
    ...goodMachine,
    lookAt: (path) => thisMachine.lookAt(path),
    mayUse: (path, how) => thisMachine.mayUse(path, how),
    beginOf: (path) => thisMachine.beginOf(path),
  };

  it('says that it can be run, and does not run it', async () => {
    cli.machine = real;
    const path = program('changed', '#!/bin/sh\nexit 1\n');
    expect(await cli.lineOf(`kind: command, command: ["${path}", --quiet]`)).toBe(
      `ok    notify command ${path}: can be run; it was not`,
    );
    cli.env['PATH'] = cli.dir;
    expect(await cli.lineOf('kind: command, command: [changed]')).toMatch(/^ok/);
    expect(await cli.lineOf(`kind: command, command: ["${process.execPath}"]`)).toMatch(/^ok/);
  });

  it('names the remedy where it could not be run', async () => {
    cli.machine = real;
    mkdirSync(join(cli.dir, 'folder'));
    const troubles: readonly (readonly [string, RegExp])[] = [
      ['changed-not', /^fail .*is in no folder of PATH → Correct the first word/],
      ['./changed', /^warn .*folder in which debridfs is started/],
      [join(cli.dir, 'absent'), /^fail .*is not there → Correct/],
      [join(cli.dir, 'folder'), /^fail .*is a folder → Correct/],
      [program('closed', '#!/bin/sh\n', 0o644), /^fail .*may not be run → Run: chmod \+x .*closed$/],
      [
        program('bare', 'curl -X POST http://x\n'),
        /^fail .*does not say what runs it → Make its first line: #!\/bin\/sh/,
      ],
      [program('dos', '#!/bin/sh\r\nexit\r\n'), /^fail .*line ends of Windows → Run: sed/],
      [program('lost', '#! /opt/no/python -u\n'), /^fail .*run by \/opt\/no\/python, which is not there/],
    ];
    for (const [path, expected] of troubles)
      expect(await cli.lineOf(`kind: command, command: ["${path}"]`)).toMatch(expected);
    expect(await cli.lineOf('kind: command, command: []')).toMatch(/^fail .*needs its program/);
  });

  it('looks as the user whom it becomes', async () => {
    Object.assign(cli.env, {
      DEBRIDFS_MOUNT_DROPPRIVILEGES: 'true',
      DEBRIDFS_MOUNT_UID: '1000',
      DEBRIDFS_MOUNT_GID: '1001',
    });
    const files = { ...goodMachine, lookAt: () => Promise.resolve({ kind: 'other' } as const) };
    const target = 'kind: command, command: [/root/bin/changed]';
    cli.machine = files;
    expect(await cli.lineOf(target)).toMatch(/^ok/);
    cli.machine = {
      ...files,
      userMay: (_user, _access, path) => Promise.resolve(path !== '/root/bin/changed'),
    };
    expect(await cli.lineOf(target)).toMatch(
      /^fail .*may not be run by user 1000 .*chmod a\+rx \/root\/bin\/changed$/,
    );
    cli.machine = { ...files, userMay: (_user, _access, path) => Promise.resolve(path === '/') };
    expect(await cli.lineOf(target)).toMatch(/^fail .*user 1000 .* may not enter \/root → Put it/);
  });
});
