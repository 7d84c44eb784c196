import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { App, CliDependencies, KeyInput } from '../../src/cli/dependencies.js';
import type { Machine } from '../../src/cli/doctor/machine.js';
import { runCli } from '../../src/cli/program.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { AppError } from '../../src/core/errors.js';
import { rootInode, type Tree, type TreeNode } from '../../src/core/tree.js';
import type { AccountsProgress, RunningMount } from '../../src/start-context.js';

/** A machine on which everything is as it should be. */
export const goodMachine: Machine = {
  readText: (path) =>
    Promise.resolve(
      path === '/etc/fuse.conf'
        ? 'user_allow_other\n'
        : '21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n',
    ),
  beginOf: () => Promise.resolve('#!/bin/sh\n'),
  modeOf: () => Promise.resolve(0o700),
  ownerOf: () => Promise.resolve(1000),
  mayUse: () => Promise.resolve(true),
  userMay: () => Promise.resolve(true),
  lookAt: () => Promise.resolve({ kind: 'directory', separate: true }),
  freeBytes: () => Promise.resolve(2 ** 50),
  serverTime: () => Promise.resolve(null),
  listenTrouble: () => Promise.resolve(null),
};

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs command lines in this process, with surroundings of its own. */
export class CliHarness {
  readonly dir = mkdtempSync(join(tmpdir(), 'debridfs-cli-'));
  readonly stateDir = join(this.dir, 'state');
  env: Record<string, string> = { HOME: this.dir };
  uid = 0;
  machine: Machine = goodMachine;
  kept: CliDependencies['kept'] = undefined;
  clock: Clock = systemClock;
  ask: CliDependencies['ask'] = null;
  /** What standard output says of itself. */
  terminal: { readonly isTTY?: boolean; readonly columns?: number } = {};
  stdin: KeyInput = new PassThrough();
  readonly #listeners: (() => void)[] = [];
  out = '';
  err = '';

  readonly app: { -readonly [Name in keyof App]: App[Name] } = {
    startMount: () => Promise.reject(new Error('not given')),
    startKeeper: () => Promise.reject(new Error('not given')),
    startDemo: () => Promise.reject(new Error('not given')),
    startEmulator: () => Promise.reject(new Error('not given')),
    openTree: () => ({ tree: sampleTree, close: () => undefined }),
    openLibrary: () =>
      Promise.resolve({
        tree: sampleTree,
        placing: () => null,
        placed: () => [],
        versionsBelow: () => [],
        close: () => undefined,
      }),
    unmountAt: () => Promise.resolve(0),
    openOrders: () => Promise.reject(new Error('not given')),
    openHoldings: () => Promise.reject(new AppError('not-found', 'There is no tree yet.')),
    magnetOf: () => Promise.reject(new AppError('not-found', 'there is none')),
    search: () => Promise.resolve({ rows: [], more: false, notes: [] }),
    createLogin: () => Promise.reject(new AppError('service-down', 'It has trouble of its own.')),
    accountState: () =>
      Promise.resolve({ condition: 'ok', detail: '', premiumUntilMs: null, allowances: [] }),
  };

  async run(...args: readonly string[]): Promise<CliResult> {
    this.out = '';
    this.err = '';
    const dependencies: CliDependencies = {
      version: '1.2.3',
      self: 'debridfs',
      stdin: () => this.stdin,
      stdout: { ...this.terminal, write: (text) => (this.out += text) },
      stderr: { write: (text) => (this.err += text) },
      env: this.env,
      cwd: this.dir,
      home: this.dir,
      temporary: this.dir,
      uid: this.uid,
      gid: 0,
      clock: this.clock,
      kept: this.kept,
      onCrash: () => undefined,
      ask: this.ask,
      signals: { on: (_signal, listener) => this.#listeners.push(listener) },
      machine: this.machine,
      app: this.app,
    };
    const code = await runCli(['node', 'debridfs', ...args], dependencies);
    return { code, out: this.out, err: this.err };
  }

  /** Delivers a signal, as the terminal does. */
  signal(): void {
    for (const listener of this.#listeners) listener();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A mount that runs until it is stopped. */
export class FakeMount implements RunningMount {
  readonly progress = (): AccountsProgress => [];
  readonly mountpoint = '/mnt/fake';
  readonly stopped: Promise<number>;
  end: (code: number) => void = () => undefined;
  stops = 0;

  constructor() {
    this.stopped = new Promise((resolve) => (this.end = resolve));
  }

  stop(): Promise<void> {
    this.stops += 1;
    this.end(0);
    return Promise.resolve();
  }
}

const nodes: readonly TreeNode[] = [
  { kind: 'directory', inode: rootInode, parent: rootInode, name: '', mtimeMs: 0 },
  { kind: 'directory', inode: 5n, parent: 1n, name: 'movies', mtimeMs: 0 },
  { kind: 'directory', inode: 4n, parent: 1n, name: 'shows', mtimeMs: 0 },
  { kind: 'static', inode: 3n, parent: 1n, name: '.debridfs-mounted', mtimeMs: 0, bytes: new Uint8Array(2) },
  {
    kind: 'file',
    inode: 9n,
    parent: 5n,
    name: 'Ä b.mkv',
    mtimeMs: 60_000,
    content: 1,
    size: 1536,
    pinnedTo: null,
  },
];

/** `movies/Ä b.mkv`, an empty `shows/` and the sentinel. */
export const sampleTree: Tree = {
  node: (inode) => nodes.find((node) => node.inode === inode),
  child: (parent, name) =>
    nodes.find((node) => node.parent === parent && node.name === name && node.inode !== 1n),
  children: (parent, after, limit) =>
    nodes
      .filter((node) => node.parent === parent && node.inode > after && node.inode !== rootInode)
      .sort((a, b) => Number(a.inode - b.inode))
      .slice(0, limit),
  childrenFrom: (parent, from, limit) =>
    nodes
      .filter((node) => node.parent === parent && node.inode !== rootInode)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(from, from + limit),
  childCount: (parent) => nodes.filter((node) => node.parent === parent && node.inode !== rootInode).length,
  folders: () => [rootInode, 5n, 4n],
  counts: () => ({ nodes: nodes.length, bytes: 0 }),
  sealed: () => null,
  places: () => nodes.filter(({ kind }) => kind === 'file'),
  content: () => ({ id: 1, torrent: 'a'.repeat(40), size: 1536, baseName: 'b.mkv', ordinal: 0 }),
  sources: () => [
    { account: 'rd', list: 'torrents', itemId: 'X1', ref: 'r', ready: false, reason: 'It expired.' },
  ],
};
