import { readFile } from 'node:fs/promises';
import { codeOf } from '../../core/errors.js';

/** Signals that end a process with a dump of its memory (signal(7), documented). */
const dumping = [3, 4, 5, 6, 7, 8, 11, 24, 25, 31];

const bitOf = (signal: number): bigint => 1n << BigInt(signal - 1);
const killBit = bitOf(9);
const dumpingBits = dumping.reduce((bits, signal) => bits | bitOf(signal), 0n);

/**
 * Whether a thread that the kernel interrupts is being killed. It interrupts for any signal, also for those that a program
 * handles and goes on, and a read of a file that fails because of such a one is a fault that no program expects. A signal
 * that ends a process is SIGKILL for each of its threads at once, unless memory is to be dumped: then it is pending, and
 * neither blocked, ignored nor handled (Linux, kernel/signal.c, complete_signal). Of a thread in another namespace nothing
 * is known: it is taken for dying, as the protocol wants it.
 */
export async function isDying(pid: number): Promise<boolean> {
  if (pid === 0) return true;
  try {
    return showsDeath(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** Whether a thread is known to have ended, or to be ending. Of one that cannot be looked at nothing is known. */
export async function isGone(pid: number): Promise<boolean> {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true;
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  return status !== null && (/^State:\s*[ZX]/m.test(status) || showsDeath(status));
}

/** @param status of a thread (proc_pid_status(5), documented: masks are hexadecimal, signal 1 first). */
export function showsDeath(status: string): boolean {
  const mask = (name: string): bigint | null => {
    const digits = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    return digits === undefined ? null : BigInt(`0x${digits}`);
  };
  const own = mask('SigPnd');
  if (own === null) return true;
  const survived = (mask('SigBlk') ?? 0n) | (mask('SigIgn') ?? 0n) | (mask('SigCgt') ?? 0n);
  const deadly = (own | (mask('ShdPnd') ?? 0n)) & dumpingBits & ~survived;
  return (own & killBit) !== 0n || deadly !== 0n;
}
