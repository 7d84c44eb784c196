import { readdir, readFile } from 'node:fs/promises';

/** What a process has of the machine. */
export interface Usage {
  readonly memoryBytes: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** As the kernel counts it (proc(5)). */
export async function usageOf(pid: number): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { memoryBytes: number('VmRSS') * 1024, descriptors, threads: number('Threads') };
}
