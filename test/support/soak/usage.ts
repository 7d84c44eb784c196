import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a process has of the machine. */
export interface Usage {
  readonly memoryBytes: number;
  /** What is open, sockets without their numbers. */
  readonly open: readonly string[];
  readonly threads: number;
}

/** As the kernel counts it (proc(5)). */
export async function usageOf(pid: number): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder);
  const open = descriptors.map((each) => readlink(`${folder}/${each}`).catch(() => 'closed meanwhile'));
  return {
    memoryBytes: number('VmRSS') * 1024,
    open: (await Promise.all(open)).map((target) => target.replace(/\[\d+\]$/, '')).sort(),
    threads: number('Threads'),
  };
}
