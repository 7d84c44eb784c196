import { readFile } from 'node:fs/promises';

/** SIGKILL's bit in the masks of /proc (proc_pid_status(5), documented: hexadecimal, signal 1 first). */
const killBit = 1n << 8n;

/**
 * Whether a thread that the kernel interrupts is being killed. It interrupts for any signal, also for those that a program
 * handles and goes on, and a read of a file that fails because of such a one is a fault that no program expects. A signal
 * that ends a process is SIGKILL for each of its threads (Linux, kernel/signal.c, complete_signal). Of a thread in
 * another namespace nothing is known: it is taken for dying, as the protocol wants it.
 */
export async function isDying(pid: number): Promise<boolean> {
  if (pid === 0) return true;
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const pending = /^SigPnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
    return pending === undefined || (BigInt(`0x${pending}`) & killBit) !== 0n;
  } catch {
    return true;
  }
}
