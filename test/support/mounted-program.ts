import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { WorldTorrent } from '../../src/emulator/world.js';
import { DebridfsProcess } from './debridfs-process.js';
import { isMounted, run, within } from './mount-harness.js';

/** The program as built, on one account that an emulator serves, with all that it leaves behind. */
export class MountedProgram {
  readonly folder: string;
  readonly mountpoint: string;
  readonly stateDir: string;
  readonly emulator: Emulator;
  readonly #processes: DebridfsProcess[] = [];

  private constructor(folder: string, mountpoint: string, emulator: Emulator) {
    this.folder = folder;
    this.mountpoint = join(folder, mountpoint);
    this.stateDir = join(folder, 'state');
    this.emulator = emulator;
  }

  /** @param mountpoint in the program's folder. */
  static async create(torrents: readonly WorldTorrent[], mountpoint = 'mnt'): Promise<MountedProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'debridfs-program-'));
    const items = torrents.map((torrent) => ({ torrent }));
    const emulator = await startEmulator({
      realtime: true,
      world: { accounts: [{ service: 'torbox', token: 'tb-token', items }] },
    });
    return new MountedProgram(folder, mountpoint, emulator);
  }

  /** Starts it and waits until it has mounted. @param args after `debridfs mount`. @param settings lines of its configuration. */
  async start(args: readonly string[] = [], settings = ''): Promise<DebridfsProcess> {
    const running = await this.launch(args, settings);
    await running.line('"msg":"mounted"');
    return running;
  }

  /** Starts it. */
  async launch(args: readonly string[], settings: string): Promise<DebridfsProcess> {
    const file = join(this.folder, 'config.yaml');
    await writeFile(
      file,
      `mountpoint: ${this.mountpoint}
stateDir: ${this.stateDir}
cache: { dir: ${this.stateDir}/cache }
accounts: [{ name: tb, service: torbox, token: tb-token, apiUrl: ${this.emulator.urls.torBox} }]
sync: { interval: 60s }
server: { listen: off }
log: { format: json }
${settings}
`,
    );
    const running = new DebridfsProcess(['--config', file, 'mount', ...args]);
    this.#processes.push(running);
    return running;
  }

  /** The process that serves the mount, as it tells the other commands. */
  async servingPid(): Promise<number> {
    const text = await readFile(join(this.stateDir, 'run.json'), 'utf8');
    return (JSON.parse(text) as { pid: number }).pid;
  }

  async end(): Promise<void> {
    const pid = await this.servingPid().catch(() => null);
    for (const running of this.#processes.splice(0)) await running.end('SIGKILL');
    if (pid !== null) killIfAlive(pid);
    if (await isMounted(this.mountpoint)) await run('fusermount3', '-uz', this.mountpoint);
    await this.emulator.stop();
    await rm(this.folder, { recursive: true });
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Waits until something is so. A check that fails is not so yet. */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const loop = async (): Promise<void> => {
    while (!(await check().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await within(loop(), what);
}
