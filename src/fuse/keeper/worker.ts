import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { workerVariable, type Handover, type WorkerMessage } from './kept-device.js';
import { understood } from './worker-message.js';

/** How a worker is run. */
export interface WorkerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a process ended: its exit code, or null where a signal ended it. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One process that serves the kept device, or is ready to. */
export class Worker {
  readonly #child: ChildProcess;
  readonly ended: Promise<WorkerEnd>;

  /**
   * Starts a process that gets ready and waits.
   * @param onTold hears what the worker says.
   */
  constructor({ program, args }: WorkerCommand, device: number, onTold: (message: WorkerMessage) => void) {
    // The device's place in the list is its descriptor there.
    this.#child = spawn(program, args, {
      stdio: ['inherit', 'inherit', 'inherit', device, 'ipc'],
      env: { ...process.env, [workerVariable]: '1' },
    });
    this.#child.on('message', (message) => {
      const told = understood(message);
      if (told !== null) onTold(told);
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve({ code: 1, signal: null }));
      this.#child.on('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Lets it serve, as soon as it is ready. */
  serve(handover: Handover): void {
    // One that died meanwhile, or never started, is noticed by its end.
    if (this.#child.connected) this.#child.send(handover, () => undefined);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Whether it was killed and cannot end: its first thread is gone, and another waits in the kernel for an answer that
   * only the next worker gives.
   */
  get isStuck(): boolean {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid ?? 0}/stat`, 'utf8');
      // The state follows the name, which stands in brackets and may hold anything (proc_pid_stat(5), documented).
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z') && this.#child.exitCode === null;
    } catch {
      return false;
    }
  }
}
