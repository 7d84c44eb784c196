import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '../core/errors.js';
import type { FuseBinding } from './binding.js';
import { loadDescriptorReceiver } from './kernel/receive-descriptor.js';
import { loadFuseNative } from './native/load-fuse-native.js';

/** One thing that mounting needs. */
export interface FuseCheck {
  readonly what: 'device' | 'permission' | 'fusermount' | 'library' | 'allow-other';
  readonly ok: boolean;
  /** One sentence: what is there, or what is wrong and how to put it right. */
  readonly detail: string;
}

/** Where the checks look: this machine, unless a test says otherwise. */
export interface ProbedSystem {
  readonly device: string;
  readonly fuseConf: string;
  readonly processStatus: string;
  /** As `$PATH`. */
  readonly searchPath: string;
  readonly uid: number;
}

/** Number of CAP_SYS_ADMIN, which mount(2) asks for (Linux, include/uapi/linux/capability.h). */
const capSysAdmin = 21n;

/** Checks what mounting through a binding needs, in the order in which a mount would fail. Never throws. */
export async function probeFuse(
  binding: FuseBinding['name'],
  { allowOther }: { readonly allowOther: boolean },
  system: ProbedSystem = thisSystem(),
): Promise<FuseCheck[]> {
  const isRoot = system.uid === 0;
  const checks = [checkDevice(system), checkPermission(system)];
  if (binding === 'fuse-native') checks.unshift(checkLibfuse());
  else if (!isRoot) checks.unshift(checkReceiver());
  if (binding === 'fuse-native' || !isRoot) checks.push(checkFusermount(binding, system));
  if (allowOther && !isRoot) checks.push(checkAllowOther(system));
  return Promise.all(checks);
}

/**
 * What a mount that failed says to its user: the first thing that it needs and that is not there, else what it said itself.
 * @returns what to throw.
 */
export async function explained(
  binding: FuseBinding['name'],
  options: { readonly allowOther: boolean },
  cause: AppError,
): Promise<AppError> {
  const missing = (await probeFuse(binding, options)).find(({ ok }) => !ok);
  return missing === undefined ? cause : new AppError('config', missing.detail, { cause });
}

function thisSystem(): ProbedSystem {
  return {
    device: '/dev/fuse',
    fuseConf: '/etc/fuse.conf',
    processStatus: '/proc/self/status',
    searchPath: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    uid: process.geteuid?.() ?? 0,
  };
}

/** Who is not root gets the device from fusermount3, over a socket that Node itself cannot read it from. */
async function checkReceiver(): Promise<FuseCheck> {
  const ok = (await loadDescriptorReceiver()) !== null;
  const detail = ok
    ? 'The package koffi is there.'
    : 'The optional package koffi is missing: run `npm ci` again.';
  return { what: 'library', ok, detail };
}

async function checkLibfuse(): Promise<FuseCheck> {
  try {
    await loadFuseNative();
    return { what: 'library', ok: true, detail: 'libfuse2 is there.' };
  } catch (error) {
    return { what: 'library', ok: false, detail: toAppError(error).message };
  }
}

async function checkDevice({ device, uid }: ProbedSystem): Promise<FuseCheck> {
  try {
    await (await open(device, 'r+')).close();
    return { what: 'device', ok: true, detail: `${device} can be opened.` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const inContainer = 'give a container `--device /dev/fuse --cap-add SYS_ADMIN`';
    const detail =
      code === 'ENOENT'
        ? `${device} is missing: load it with \`modprobe fuse\`, or ${inContainer}.`
        : `${device} cannot be opened (${code ?? 'unknown'}): ${uid === 0 ? inContainer : `run \`chmod 0666 ${device}\` as root, or ${inContainer}`}.`;
    return { what: 'device', ok: false, detail };
  }
}

/** Root mounts by itself and needs the capability; others mount through the set-uid fusermount. */
async function checkPermission({ processStatus, uid }: ProbedSystem): Promise<FuseCheck> {
  if (uid !== 0) return { what: 'permission', ok: true, detail: 'Mounts through fusermount.' };
  const status = await readFile(processStatus, 'utf8').catch(() => '');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  const ok = effective === undefined || ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
  return {
    what: 'permission',
    ok,
    detail: ok
      ? 'This process may mount.'
      : 'This process may not mount: give its container `--cap-add SYS_ADMIN --security-opt apparmor:unconfined`.',
  };
}

/** The name without 3 is what libfuse2 runs; package fuse3 of Debian provides both (observed on Debian 12, 2026-11). */
async function checkFusermount(
  binding: FuseBinding['name'],
  { searchPath, uid }: ProbedSystem,
): Promise<FuseCheck> {
  const program = binding === 'kernel' ? 'fusermount3' : 'fusermount';
  const install = 'install it with `apt-get install fuse3`';
  for (const folder of searchPath.split(':').filter((one) => one !== '')) {
    try {
      await access(join(folder, program), constants.X_OK);
      return { what: 'fusermount', ok: true, detail: `${program} is in ${folder}.` };
    } catch {
      continue;
    }
  }
  return uid === 0
    ? { what: 'fusermount', ok: true, detail: `${program} is missing; root can do without, but ${install}.` }
    : { what: 'fusermount', ok: false, detail: `${program} is missing: ${install}.` };
}

/** Whether /etc/fuse.conf lets users give the option. A comment may follow (strip_line in the source of fusermount, read 2026-11). */
export function usersMayAllowOther(fuseConf: string): boolean {
  return fuseConf.split('\n').some((line) => line.replace(/#.*/, '').trim() === 'user_allow_other');
}

async function checkAllowOther({ fuseConf }: ProbedSystem): Promise<FuseCheck> {
  const text = await readFile(fuseConf, 'utf8').catch(() => '');
  const ok = usersMayAllowOther(text);
  return {
    what: 'allow-other',
    ok,
    detail: ok
      ? `${fuseConf} has user_allow_other.`
      : `Other users may not be let in (mount.allowOther, --allow-other): add the line \`user_allow_other\` to ${fuseConf}, or run debridfs as root.`,
  };
}
