import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MountCapabilities } from '../../src/fuse/binding.js';
import { probeFuse } from '../../src/fuse/probe.js';
import { parseMountinfo } from '../../src/fuse/mountinfo.js';

/** Nothing a test waits for takes this long unless it hangs. */
const limitMs = 20_000;

type Failure = { readonly code: string; readonly message: string };

interface Message {
  readonly id?: number;
  readonly value?: unknown;
  readonly errno?: string;
  readonly failed?: Failure;
  readonly mounted?: { readonly mountpoint: string; readonly capabilities: MountCapabilities };
  readonly closed?: true;
}

/** A child that answers requests over IPC. */
class Peer {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #lastId = 0;

  constructor(script: string, args: readonly string[]) {
    this.child = fork(fileURLToPath(new URL(script, import.meta.url)), args);
    this.child.on('message', (message: Message) => {
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
  }

  request(request: object): Promise<Message> {
    this.#lastId += 1;
    const id = this.#lastId;
    return within(
      new Promise<Message>((resolve) => {
        this.#waiting.set(id, resolve);
        this.child.send({ id, ...request });
      }),
      `answer to ${JSON.stringify(request)}`,
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await within(exited, 'end of a killed process');
  }
}

/** Someone who reads the mount, in a process of their own. */
export interface Reader {
  /** The value of a call of `node:fs` (without `Sync`), or of one of the reader's own; or the name of its errno. */
  call<Value = unknown>(call: string, ...args: readonly unknown[]): Promise<Value | string>;
  kill(): Promise<void>;
  /** SIGUSR2 it handles, and goes on. */
  signal(signal: NodeJS.Signals): void;
}

export interface ServedMount {
  readonly mountpoint: string;
  readonly capabilities: MountCapabilities;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** Resolves when the process says that its mount is gone. */
  readonly closed: Promise<void>;
  readonly tell: <Value = unknown>(command: string, ...args: readonly unknown[]) => Promise<Value>;
  /** Lets it end by itself, as after SIGTERM. */
  readonly exit: () => Promise<void>;
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface ServedMountOptions {
  readonly mountpoint?: string;
  readonly attrTimeoutMs?: number;
  readonly readMs?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly umask?: number;
  readonly allowOther?: boolean;
  readonly announce?: boolean;
}

/** Mounts and readers of one test, all of which end with it. */
export class MountWorld {
  readonly #peers: Peer[] = [];
  readonly #mountpoints = new Set<string>();
  readonly #folders: string[] = [];

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'debridfs-mount-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Mounts in a new process. @throws {Error} with the refusal's code and message. */
  async mount(options: ServedMountOptions = {}): Promise<ServedMount> {
    const mountpoint = options.mountpoint ?? join(await this.folder(), 'mnt');
    this.#mountpoints.add(mountpoint);
    const peer = new Peer('./mount-child.mjs', [
      JSON.stringify({
        allowOther: false,
        uid: process.getuid?.(),
        gid: process.getgid?.(),
        umask: 0o022,
        attrTimeoutMs: 1000,
        announce: false,
        readMs: 10_000,
        binding: process.env['TEST_BINDING'] ?? 'kernel',
        transport: process.env['TEST_TRANSPORT'] ?? 'poll',
        ...options,
        mountpoint,
      }),
    ]);
    this.#peers.push(peer);
    const { child } = peer;
    const first = await within(
      new Promise<Message>((resolve, reject) => {
        child.once('message', (message: Message) => resolve(message));
        child.once('exit', (code) => reject(new Error(`The mounting process ended with ${String(code)}`)));
      }),
      'mount',
    );
    if (first.mounted === undefined) {
      throw new Error(`${first.failed?.code ?? ''}: ${first.failed?.message ?? ''}`);
    }
    this.#mountpoints.add(first.mounted.mountpoint);
    return {
      ...first.mounted,
      pid: child.pid ?? 0,
      exited: new Promise((resolve) => child.once('exit', () => resolve())),
      closed: new Promise((resolve) => {
        child.on('message', (message: Message) => {
          if (message.closed === true) resolve();
        });
      }),
      tell: async <Value>(command: string, ...args: readonly unknown[]) => {
        const { value, failed } = await peer.request({ command, args });
        if (failed !== undefined) throw new Error(`${failed.code}: ${failed.message}`);
        return value as Value;
      },
      exit: async () => {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.send({ command: 'exit', args: [] });
        await within(exited, 'end of the mounting process');
      },
      kill: () => peer.kill(),
      signal: (signal) => void child.kill(signal),
    };
  }

  reader(): Reader {
    const peer = new Peer('./mount-reader-child.mjs', []);
    this.#peers.push(peer);
    return {
      call: async <Value>(call: string, ...args: readonly unknown[]) => {
        const { value, errno } = await peer.request({ call, args });
        return errno ?? (value as Value);
      },
      kill: () => peer.kill(),
      signal: (signal) => void peer.child.kill(signal),
    };
  }

  /** Takes every mount away and kills all processes, together, because one may wait for another. */
  async end(): Promise<void> {
    for (const mountpoint of this.#mountpoints) {
      for (let count = 0; count < 5 && (await isMounted(mountpoint)); count += 1) {
        await run('fusermount3', '-uz', mountpoint);
      }
    }
    await Promise.all(this.#peers.map((peer) => peer.kill()));
    for (const folder of this.#folders) await rm(folder, { recursive: true });
  }
}

/** Whether the binding that is tested is fuse-native and cannot be loaded here. */
export async function bindingIsMissing(): Promise<boolean> {
  if (process.env['TEST_BINDING'] !== 'fuse-native') return false;
  return (await probeFuse('fuse-native', { allowOther: false })).some(
    ({ what, ok }) => what === 'library' && !ok,
  );
}

export async function isMounted(path: string): Promise<boolean> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8')).some((mount) => mount.path === path);
}

/** Runs a program with a time limit; resolves with its exit status and what it wrote. */
export async function run(
  command: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    const options = {
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26,
      env: { ...process.env, LC_ALL: 'C' },
    } as const;
    return { code: 0, ...(await promisify(execFile)(command, args, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? -1, stdout: stdout ?? '', stderr: stderr ?? String(error) };
  }
}

/** @param longestMs for what is known to take longer than anything else that a test waits for. */
export async function within<Value>(
  promise: Promise<Value>,
  what: string,
  longestMs = limitMs,
): Promise<Value> {
  let timer;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No ${what} within ${longestMs} ms`)), longestMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
