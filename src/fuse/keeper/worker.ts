import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { handoverVariable, type Handover, type KeptMount, type WorkerMessage } from './kept-device.js';

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

/** Descriptor under which a worker finds the device. */
const descriptor = 3;

/** One process that serves the kept device. */
export class Worker {
  readonly #child: ChildProcess;
  readonly ended: Promise<WorkerEnd>;

  /** @param onTold hears what the worker mounted, and null once that has ended. */
  constructor(
    { program, args }: WorkerCommand,
    device: number,
    handover: Omit<Handover, 'descriptor'>,
    onTold: (mounted: KeptMount | null) => void,
  ) {
    const kept: Handover = { descriptor, ...handover };
    this.#child = spawn(program, args, {
      stdio: ['inherit', 'inherit', 'inherit', device, 'ipc'],
      env: { ...process.env, [handoverVariable]: JSON.stringify(kept) },
    });
    this.#child.on('message', (message) => onTold((message as WorkerMessage).mounted));
    this.ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve({ code: 1, signal: null }));
      this.#child.on('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
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
