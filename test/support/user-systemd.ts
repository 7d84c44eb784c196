import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './mount-harness.js';
import { until } from './mounted-program.js';

/**
 * A real systemd: a user's manager in a mount namespace of its own, so that nothing that it mounts is seen outside, and it finds a
 * system that looks as if it had been booted by systemd.
 */
export class UserSystemd {
  readonly home: string;
  readonly #environment: readonly string[];
  readonly #manager: ChildProcess;

  private constructor(home: string, runtime: string) {
    this.home = home;
    this.#environment = [`HOME=${home}`, `XDG_RUNTIME_DIR=${runtime}`, `PATH=${process.env['PATH'] ?? ''}`];
    const begin =
      'mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system && exec /lib/systemd/systemd --user --unit=basic.target';
    this.#manager = spawn(
      'unshare',
      ['--mount', '--propagation', 'private', 'env', '-i', ...this.#environment, 'sh', '-c', begin],
      { stdio: 'ignore' },
    );
  }

  /** Starts one that keeps all it has in a folder. @throws {Error} when it does not come up. */
  static async start(folder: string): Promise<UserSystemd> {
    const home = join(folder, 'home');
    const runtime = join(folder, 'run');
    await mkdir(join(home, '.config/systemd/user'), { recursive: true });
    await mkdir(runtime, { mode: 0o700 });
    const systemd = new UserSystemd(home, runtime);
    await until(
      'systemd to run',
      async () => (await systemd.systemctl('is-system-running')).stdout.trim() === 'running',
    );
    return systemd;
  }

  /** Runs a program where the manager's units see the same mounts. */
  inside(...command: readonly string[]): ReturnType<typeof run> {
    const { pid } = this.#manager;
    return run('nsenter', '--mount', `--target=${String(pid)}`, 'env', ...this.#environment, ...command);
  }

  systemctl(...args: readonly string[]): ReturnType<typeof run> {
    return this.inside('systemctl', '--user', ...args);
  }

  /** What `systemctl show` tells of a property of a unit. */
  async property(unit: string, name: string): Promise<string> {
    const { stdout } = await this.systemctl('show', '--value', `--property=${name}`, unit);
    return stdout.trim();
  }

  /** Ends the manager and what it runs. */
  async end(): Promise<void> {
    if (this.#manager.exitCode !== null || this.#manager.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#manager.once('exit', resolve));
    this.#manager.kill('SIGTERM');
    await ended;
  }
}
