/** A program that mounts, as a process of its own: what it costs, and that it leaves no mount behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { detach } from '../mountpoints.mjs';
import { runLimited } from '../programs.mjs';

const startSeconds = 20;
const endSeconds = 12;
/** Of /proc/PID/stat: USER_HZ, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

export class MountProcess {
  #child;
  #exited;
  /** The end of what it has written. */
  output = '';

  /** @param ready a path of the mount that is there once it can be used. */
  static async start(command, { env = {}, mountpoint, ready, signal }) {
    const started = new MountProcess(command, env, mountpoint);
    const limit = Date.now() + startSeconds * 1000;
    try {
      for (;;) {
        signal.throwIfAborted();
        if (started.#child.exitCode !== null || Date.now() > limit) {
          throw new Error(`${command[0]} did not mount. ${started.output.trim()}`);
        }
        const isThere = runLimited('stat', [ready], { limitSeconds: 5, signal });
        if (await isThere.then(Boolean, () => false)) return started;
        await sleep(100);
      }
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  constructor([program, ...args], env, mountpoint) {
    this.mountpoint = mountpoint;
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve).once('error', resolve));
    const keep = (text) => (this.output = `${this.output}${text}`.slice(-2000));
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
  }

  /** Processor time that it has used. */
  async cpuSeconds() {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** Memory that it holds, and the most since the last call, in bytes. */
  async memory() {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    const bytes = (field) => Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
    const now = { bytes: bytes('VmRSS'), mostBytes: bytes('VmHWM') };
    // 5: the most begins anew (proc(5)).
    await writeFile(`/proc/${this.#child.pid}/clear_refs`, '5');
    return now;
  }

  /** Whether its event loop is watched: see loop-watch.mjs. */
  watchLoop() {
    this.#child.send('watch');
  }

  async loopDelayP99Ms() {
    this.#child.send('tell');
    const late = sleep(startSeconds * 1000, null, { ref: false });
    const answer = await Promise.race([once(this.#child, 'message'), late]);
    if (answer === null) throw new Error('debridfs did not tell of its event loop.');
    return answer[0].p99Ms;
  }

  /** Ends it and takes its mount away, whatever state it is in. */
  async stop() {
    if (this.#child.pid !== undefined) {
      this.#child.kill('SIGTERM');
      const late = sleep(endSeconds * 1000, 'late', { ref: false });
      if ((await Promise.race([this.#exited, late])) === 'late') {
        await detach(this.mountpoint);
        this.#child.kill('SIGKILL');
        await this.#exited;
      }
    }
    await detach(this.mountpoint);
    await rmdir(this.mountpoint).catch(() => {});
  }
}
