import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { WorldAccount } from '../../src/emulator/world.js';
import { DebridfsProcess } from './debridfs-process.js';
import { isMounted, run, within } from './mount-harness.js';

/** The program as built, on accounts that an emulator serves, with all that it leaves behind. */
export class MountedProgram {
  readonly folder: string;
  readonly mountpoint: string;
  readonly stateDir: string;
  readonly emulator: Emulator;
  readonly #accounts: readonly WorldAccount[];
  readonly #tellsTokens: boolean;
  readonly #processes: DebridfsProcess[] = [];

  private constructor(
    folder: string,
    mountpoint: string,
    accounts: readonly WorldAccount[],
    emulator: Emulator,
    tellsTokens: boolean,
  ) {
    this.folder = folder;
    this.#tellsTokens = tellsTokens;
    this.mountpoint = join(folder, mountpoint);
    this.stateDir = join(folder, 'state');
    this.emulator = emulator;
    this.#accounts = accounts;
  }

  /**
   * @param holders the accounts, one of a service at most, which are named like their services.
   * @param mountpoint in the program's folder.
   * @param tellsTokens whether its configuration holds the tokens of its accounts.
   */
  static async create(
    holders: readonly Omit<WorldAccount, 'token'>[],
    mountpoint = 'mnt',
    tellsTokens = true,
  ): Promise<MountedProgram> {
    const accounts = holders.map((holder) => ({ ...holder, token: `${holder.service}-token` }));
    const emulator = await startEmulator({ realtime: true, world: { accounts } });
    const folder = await mkdtemp(join(tmpdir(), 'debridfs-program-'));
    return new MountedProgram(folder, mountpoint, accounts, emulator, tellsTokens);
  }

  /**
   * Starts it and waits until it has mounted.
   * @param args after `debridfs mount`.
   * @param settings lines of its configuration; the folder of its cache is set already.
   * @param ofAccounts what each account has besides, such as `repair: true`.
   */
  async start(
    args: readonly string[] = [],
    settings = '',
    ofAccounts: string | null = null,
  ): Promise<DebridfsProcess> {
    const running = await this.launch(args, settings, ofAccounts);
    await running.line('"msg":"mounted"');
    return running;
  }

  get configFile(): string {
    return join(this.folder, 'config.yaml');
  }

  /** Starts it. */
  async launch(
    args: readonly string[],
    settings: string,
    ofAccounts: string | null = null,
  ): Promise<DebridfsProcess> {
    const file = await this.configure(settings, ofAccounts);
    const running = new DebridfsProcess(['--config', file, 'mount', ...args], {
      DEBRIDFS_CACHE_DIR: join(this.stateDir, 'cache'),
    });
    this.#processes.push(running);
    return running;
  }

  /** Writes its configuration. @returns where. */
  async configure(settings: string, ofAccounts: string | null = null): Promise<string> {
    const file = this.configFile;
    const more = ofAccounts === null ? '' : `, ${ofAccounts}`;
    const accounts = this.#accounts.map(({ service, token }) => {
      const told = this.#tellsTokens ? `token: ${token}, ` : '';
      return `  - { name: ${service}, service: ${service}, ${told}apiUrl: ${this.emulator.apiUrl(service)}${more} }`;
    });
    await writeFile(
      file,
      `mountpoint: ${this.mountpoint}
stateDir: ${this.stateDir}
accounts:
${accounts.join('\n')}
sync: { interval: 60s, confirmAfter: 2h }
server: { listen: off }
log: { format: json }
${settings}
`,
    );
    return file;
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

/** Waits until something is so, `longestMs` at most where that is told. A check that fails is not so yet. */
export async function until(what: string, check: () => Promise<boolean>, longestMs?: number): Promise<void> {
  const over = new AbortController();
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted && !(await check().catch(() => false)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await within(loop(), what, longestMs).finally(() => over.abort());
}
