import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Layout } from '../../../src/fuse/protocol/layout.js';
import * as numbers from '../../../src/fuse/protocol/numbers.js';
import * as structures from '../../../src/fuse/protocol/structures.js';
import { fieldsOf } from '../../support/kernel-messages.js';

/** Each layout: its name in C, its bytes, and its fields. Source: Linux, include/uapi/linux/fuse.h, 7.38 to 7.45. */
const described: Record<keyof typeof structures, readonly [string, number, string]> = {
  inHeader: [
    'fuse_in_header',
    40,
    'len 0, opcode 4, unique 8, nodeid 16, uid 24, gid 28, pid 32, total_extlen 36, padding 38',
  ],
  outHeader: ['fuse_out_header', 16, 'len 0, error 4, unique 8'],
  attr: [
    'fuse_attr',
    88,
    'ino 0, size 8, blocks 16, atime 24, mtime 32, ctime 40, atimensec 48, mtimensec 52, ctimensec 56, mode 60, nlink 64, uid 68, gid 72, rdev 76, blksize 80, flags 84',
  ],
  entryOut: [
    'fuse_entry_out',
    128,
    'nodeid 0, generation 8, entry_valid 16, attr_valid 24, entry_valid_nsec 32, attr_valid_nsec 36, attr 40',
  ],
  attrOut: ['fuse_attr_out', 104, 'attr_valid 0, attr_valid_nsec 8, dummy 12, attr 16'],
  forgetIn: ['fuse_forget_in', 8, 'nlookup 0'],
  forgetOne: ['fuse_forget_one', 16, 'nodeid 0, nlookup 8'],
  batchForgetIn: ['fuse_batch_forget_in', 8, 'count 0, dummy 4'],
  openIn: ['fuse_open_in', 8, 'flags 0, open_flags 4'],
  openOut: ['fuse_open_out', 16, 'fh 0, open_flags 8, padding 12'],
  createIn: ['fuse_create_in', 16, 'flags 0, mode 4, umask 8, open_flags 12'],
  mkdirIn: ['fuse_mkdir_in', 8, 'mode 0, umask 4'],
  readIn: ['fuse_read_in', 40, 'fh 0, offset 8, size 16, read_flags 20, lock_owner 24, flags 32, padding 36'],
  releaseIn: ['fuse_release_in', 24, 'fh 0, flags 8, release_flags 12, lock_owner 16'],
  // Of `fuse_statfs_out`, which is this and nothing else.
  statfsOut: [
    'fuse_kstatfs',
    80,
    'blocks 0, bfree 8, bavail 16, files 24, ffree 32, bsize 40, namelen 44, frsize 48, padding 52, spare 56',
  ],
  dirent: ['fuse_dirent', 24, 'ino 0, off 8, namelen 16, type 20'],
  direntPlus: ['fuse_direntplus', 152, 'entry_out 0, dirent 128'],
  initIn: ['fuse_init_in', 64, 'major 0, minor 4, max_readahead 8, flags 12, flags2 16, unused 20'],
  initOut: [
    'fuse_init_out',
    64,
    'major 0, minor 4, max_readahead 8, flags 12, max_background 16, congestion_threshold 18, max_write 20, time_gran 24, max_pages 28, map_alignment 30, flags2 32, unused 36',
  ],
  interruptIn: ['fuse_interrupt_in', 8, 'unique 0'],
  notifyInvalInode: ['fuse_notify_inval_inode_out', 24, 'ino 0, off 8, len 16'],
  notifyInvalEntry: ['fuse_notify_inval_entry_out', 16, 'parent 0, namelen 8, flags 12'],
  notifyRetrieve: [
    'fuse_notify_retrieve_out',
    32,
    'notify_unique 0, nodeid 8, offset 16, size 24, padding 28',
  ],
};

const layouts = Object.entries(structures) as [keyof typeof structures, Layout][];

test('each structure has the size and the fields that the kernel documents', () => {
  const seen = layouts.map(([name, { bytes, at }]) => [
    name,
    bytes,
    Object.entries(at)
      .map((field) => field.join(' '))
      .join(', '),
  ]);
  expect(seen).toEqual(layouts.map(([name]) => [name, ...described[name].slice(1)]));
});

/** Names of C that came after 7.38, with the minor version that has them first (fuse.h, its change log). */
const since: Partial<Record<string, number>> = {
  FUSE_STATX: 39,
  FUSE_NOTIFY_RESEND: 40,
  FUSE_HAS_RESEND: 40,
  FUSE_NOTIFY_INC_EPOCH: 44,
};

const namesInC: [string, number | bigint][] = [
  ['FUSE_KERNEL_VERSION', numbers.protocolVersion.major],
  ...inC('FUSE_', numbers.opcode),
  ...inC('FUSE_', numbers.initFlag),
  ...inC('FOPEN_', numbers.openFlag),
  ...inC('FUSE_NOTIFY_', numbers.notifyCode),
  ['DT_DIR', numbers.entryType.directory],
  ['DT_REG', numbers.entryType.file],
];

/** `copyFileRange` as `FUSE_COPY_FILE_RANGE`. */
function inC(prefix: string, values: Readonly<Record<string, number | bigint>>): [string, number | bigint][] {
  return Object.entries(values).map(([name, value]) => [
    prefix + name.replace(/[A-Z]/g, '_$&').toUpperCase(),
    value,
  ]);
}

test('the numbers that a header of 7.38 lacks are those of 7.40 and 7.44', () => {
  expect(numbers.opcode.statx).toBe(52);
  expect(numbers.notifyCode.resend).toBe(7);
  expect(numbers.notifyCode.incEpoch).toBe(8);
  expect(numbers.initFlag.hasResend).toBe(1n << 39n);
});

const header = '/usr/include/linux/fuse.h';

/** Why this machine's own header cannot be asked; null when it can. */
function missing(): string | null {
  if (spawnSync('cc', ['--version']).status !== 0) return 'there is no C compiler';
  try {
    return minorOf(readFileSync(header, 'utf8')) < 38 ? `${header} is older than 7.38` : null;
  } catch {
    return `there is no ${header}`;
  }
}

function minorOf(text: string): number {
  return Number(/#define FUSE_KERNEL_MINOR_VERSION (\d+)/.exec(text)?.[1]);
}

test('each structure and number is that of the kernel header on this machine', ({ skip }) => {
  const reason = missing();
  skip(reason !== null, reason ?? '');
  const text = readFileSync(header, 'utf8');
  const isIn = (name: string): boolean => name.startsWith('DT_') || new RegExp(`\\b${name}\\b`).test(text);
  for (const [name] of namesInC)
    expect([name, isIn(name)]).toEqual([name, (since[name] ?? 0) <= minorOf(text)]);

  const present = namesInC.filter(([name]) => isIn(name));
  const fields = layouts.flatMap(([name, layout]) =>
    fieldsOf(layout)
      // What is left over is given names by later versions.
      .filter(([field]) => field !== 'unused')
      .map(([field, at, bytes]) => ({ type: `struct ${described[name][0]}`, field, at, bytes })),
  );
  const printed = runInC([
    ...layouts.map(([name]) => `printf("%zu\\n", sizeof(struct ${described[name][0]}));`),
    ...fields.map(
      ({ type, field }) =>
        `printf("%zu %zu\\n", offsetof(${type}, ${field}), sizeof(((${type} *)0)->${field}));`,
    ),
    ...present.map(([name]) => `printf("%llu\\n", (unsigned long long)(${name}));`),
  ]);

  const titled = (lines: readonly string[]): string[] => {
    const titles = [
      ...layouts.map(([name]) => name),
      ...fields.map(({ type, field }) => `${type}.${field}`),
      ...present.map(([name]) => name),
    ];
    return titles.map((title, n) => `${title}: ${lines[n] ?? 'nothing'}`);
  };
  expect(
    titled([
      ...layouts.map(([, { bytes }]) => String(bytes)),
      ...fields.map(({ at, bytes }) => `${at} ${bytes}`),
      ...present.map(([, value]) => String(value)),
    ]),
  ).toEqual(titled(printed));
});

/** The lines that statements of C print. */
function runInC(statements: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'debridfs-header-'));
  try {
    const source = join(folder, 'print.c');
    const program = join(folder, 'print');
    const headers = ['dirent.h', 'linux/fuse.h', 'stddef.h', 'stdio.h'];
    writeFileSync(
      source,
      [
        '#define _DEFAULT_SOURCE',
        ...headers.map((name) => `#include <${name}>`),
        'int main(void) {',
        ...statements,
        'return 0; }',
      ].join('\n'),
    );
    execFileSync('cc', ['-w', '-o', program, source]);
    return execFileSync(program, { encoding: 'utf8' }).trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
