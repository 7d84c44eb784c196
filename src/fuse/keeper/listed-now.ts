import { readFileSync } from 'node:fs';
import { ownMount, parseMountinfo } from '../mountinfo.js';
import type { KeptMount } from './kept-device.js';

/** Whether such a mount of ours is there now. At once, because a worker may die as soon as it has said so. */
export function isListedNow({ mountpoint, device }: KeptMount): boolean {
  return (
    ownMount(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')), mountpoint)?.device === device
  );
}
