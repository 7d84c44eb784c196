import { readFileSync } from 'node:fs';
import { ownType, parseMountinfo, topMount } from '../mountinfo.js';
import type { KeptMount } from './kept-device.js';

/** Whether such a mount of ours is there now. At once, because a worker may die as soon as it has said so. */
export function isListedNow({ mountpoint, device }: KeptMount): boolean {
  const top = topMount(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')), mountpoint);
  return top?.type === ownType && top.device === device;
}
