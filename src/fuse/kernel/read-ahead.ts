import { writeFile } from 'node:fs/promises';
import type { Logger } from '../../core/logger.js';
import { maxReadBytes } from './init.js';

/**
 * Lets the kernel read ahead as much as one request may ask for, instead of its 128 KiB, which INIT cannot raise
 * (observed 2026-11). Where /sys may not be written, as in most containers, reading in order costs more requests, and that
 * is all.
 * @param device `major:minor` of the mount.
 */
export async function raiseReadAhead(device: string, logger: Logger): Promise<void> {
  const path = `/sys/class/bdi/${device}/read_ahead_kb`;
  const kilobytes = maxReadBytes / 1024;
  try {
    await writeFile(path, String(kilobytes));
    logger.info({ kilobytes }, 'the kernel reads ahead further');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    logger.info(
      { reason: code ?? 'unknown' },
      'the kernel reads ahead 128 KiB: /sys may not be written here',
    );
  }
}
