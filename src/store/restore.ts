import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../core/errors.js';
import { kindOf } from './file-kind.js';
import { copiedMs, flush, requireSound } from './library-copy.js';
import { libraryFiles } from './library-files.js';
import { flawTold, isDamage } from './sqlite-trouble.js';

/** Damaged libraries that are kept; of older ones nobody has asked so far. */
const keptDamaged = 2;

/**
 * Who met damage: `use` had to read or write it; `look` went through every page, also through those that nobody may ever need;
 * `restore` has begun to put the library aside.
 */
export type SuspectedBy = 'use' | 'look' | 'restore';

/**
 * Why the library cannot be opened as it is, as the rest of a sentence that begins with its path; null: nothing is known
 * against it, or no more than a look told, which is no reason to do without it where nothing can take its place. One that is not
 * there although there is a copy is lost too.
 * @param warn hears of damage that is lived with, in a sentence for the user.
 * @throws {AppError} `storage` when it is another program's. @throws the system's error.
 */
export function damageOf(stateDir: string, warn: (message: string) => void): string | null {
  const { library, copy, suspect } = libraryFiles(stateDir);
  try {
    switch (kindOf(library)) {
      case 'missing':
        return existsSync(copy) ? 'is not there' : null;
      case 'empty':
        return existsSync(copy) ? 'is empty' : null;
      case 'damaged':
        return 'is no database any more';
      case 'ours':
        if (!existsSync(suspect)) return null;
        // Without its -wal it may be sound, and lack what was learnt last.
        if (suspectedBy(suspect) === 'restore' && canRestore(stateDir)) return 'was put aside only in part';
    }
    requireSound(library);
  } catch (thrown) {
    const flaw = flawTold(thrown);
    if (flaw === null || suspectedBy(suspect) !== 'look' || canRestore(stateDir))
      return whyLost(stateDir, thrown);
    warn(unmended(stateDir, flaw));
  }
  rmSync(suspect, { force: true });
  return null;
}

/**
 * Why a library is lost that could not be opened, as the rest of a sentence that begins with its path: it is damaged, or its disk does
 * not give it although it gives the copy.
 * @throws what was thrown, where it says nothing of the kind.
 */
export function whyLost(stateDir: string, thrown: unknown): string {
  const flaw = flawTold(thrown);
  if (flaw === null || !(isDamage(thrown) || canRestore(stateDir))) throw thrown;
  return flaw;
}

/** Has the next start look at every page. Where that cannot be written down, the start after it meets the damage anew. */
export function suspectDamage(stateDir: string, by: SuspectedBy = 'use'): void {
  try {
    // What was met in use is not taken back by a look.
    const flag = by === 'look' ? 'wx' : 'w';
    writeFileSync(libraryFiles(stateDir).suspect, by, { mode: 0o600, flag });
  } catch {
    // It is suspected already, or the disk fails, which whoever met the damage tells.
  }
}

/** Whether there is a copy that can take the library's place. */
export function canRestore(stateDir: string): boolean {
  try {
    return isSound(libraryFiles(stateDir).copy);
  } catch {
    return false;
  }
}

/** What is told of a library that is served although it is damaged. @param flaw the rest of a sentence that begins with its path. */
export function unmended(stateDir: string, flaw: string): string {
  const { library } = libraryFiles(stateDir);
  return `${library} ${flaw}, and there is no copy that could take its place. It is served as far as it can be read. Restore it from a backup, or stop debridfs and move it away to start anew.`;
}

function suspectedBy(suspect: string): SuspectedBy | null {
  if (!existsSync(suspect)) return null;
  const by = readFileSync(suspect, 'latin1');
  return by === 'look' || by === 'restore' ? by : 'use';
}

/**
 * Puts a damaged library aside and takes its copy in its place. Cut off at any moment, it is done again by the next start.
 * @param why the rest of a sentence that begins with its path.
 * @returns what happened, as a sentence for the user.
 * @throws {AppError} `storage`, with what to do, when there is no copy that can be used; nothing is touched then.
 */
export function restoreCopy(stateDir: string, why: string, nowMs: number): string {
  const { library, copy, draft, suspect } = libraryFiles(stateDir);
  const madeMs = copiedMs(stateDir);
  if (madeMs === null || !isSound(copy)) {
    const found =
      madeMs === null
        ? 'there is no copy of it. Restore it, or move it away to start anew'
        : `its copy ${copy} is damaged too. Restore one of them, or move both away to start anew`;
    throw new AppError('storage', `${library} ${why}, and ${found}.`);
  }
  rmSync(draft, { force: true });
  copyFileSync(copy, draft);
  flush(draft);
  const aside = asideName(library, nowMs);
  suspectDamage(stateDir, 'restore');
  // First what SQLite has not taken over yet: left behind, it would be taken into the copy.
  putAside(`${library}-wal`, `${aside}-wal`);
  rmSync(`${library}-shm`, { force: true });
  const isAside = putAside(library, aside);
  flush(stateDir);
  renameSync(draft, library);
  flush(stateDir);
  rmSync(suspect, { force: true });
  dropOldDamaged(library);
  const kept = isAside ? ` What was there is kept as ${aside}.` : '';
  return `${library} ${why}: the copy of ${new Date(madeMs).toISOString()} took its place, and the next sync brings it up to date.${kept}`;
}

function isSound(copy: string): boolean {
  try {
    if (kindOf(copy) !== 'ours') return false;
    requireSound(copy);
    return true;
  } catch (thrown) {
    if (isDamage(thrown)) return false;
    throw thrown;
  }
}

/** A name that no damaged library has, nor the -wal of one. */
function asideName(library: string, nowMs: number): string {
  const name = `${library}.damaged-${stamp(nowMs)}`;
  return existsSync(name) || existsSync(`${name}-wal`) ? asideName(library, nowMs + 1000) : name;
}

function putAside(from: string, to: string): boolean {
  if (!existsSync(from)) return false;
  renameSync(from, to);
  return true;
}

function dropOldDamaged(library: string): void {
  const folder = dirname(library);
  const start = `${basename(library)}.damaged-`;
  const names = readdirSync(folder).filter((name) => name.startsWith(start));
  const stamps = [...new Set(names.map((name) => name.slice(start.length).replace(/-wal$/, '')))].sort();
  for (const old of stamps.slice(0, -keptDamaged)) {
    for (const end of ['', '-wal']) rmSync(join(folder, `${start}${old}${end}`), { force: true });
  }
}

/** `20261127T110752Z`. */
function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
}
