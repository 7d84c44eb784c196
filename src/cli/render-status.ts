import type { NotifyReport } from '../core/notify-report.js';
import type {
  AccountReport,
  CacheReport,
  FailureReport,
  HeldReport,
  LinksReport,
  OpenFileReport,
  StatusReport,
} from '../server/surface.js';
import { allowancesText, budgetText, premiumText, progressText, unreadableText } from './account-text.js';
import { mostHidden } from '../server/links-report.js';
import { formatAge, formatBytes, formatCount, formatDuration } from './format.js';

/** A status with where the process listens: `http://host:port`, or null where no server does. */
export interface LocatedStatus extends StatusReport {
  readonly server: string | null;
  /** Why none does yet, as a sentence. */
  readonly serverTrouble?: string;
}

/** Links that fit on a screen beside the rest. */
const maxLinks = 5;

/** Failures that fit on a screen beside the rest. */
const maxFailures = 10;

/** A status for people. */
export function renderStatus(status: LocatedStatus, nowMs: number): string {
  const { mount, library, cache, lastSync } = status;
  const lines = [
    `debridfs ${status.version}, process ${status.pid}, started ${formatAge(status.startedMs, nowMs)}`,
    `mount     ${mount.mountpoint}: ${[mount.state, mount.detail].filter((part) => part !== '').join(', ')}`,
    ...status.accounts.flatMap((account) => accountLines(account, nowMs)),
    `library   ${formatCount(library.movies, 'movie')}, ${formatCount(library.shows, 'show')} with ` +
      `${formatCount(library.episodes, 'episode')}, ${formatCount(library.other, 'other')}; ` +
      `${formatCount(library.torrents, 'torrent')}, ${formatCount(library.files, 'file')}, ${formatBytes(library.bytes)}`,
    ...(status.damage === null ? [] : [`          ${status.damage}`]),
    ...linkLines(status.links),
    ...cacheLines(cache),
    `server    ${status.server ?? (status.serverTrouble === undefined ? 'none' : `not yet: ${status.serverTrouble}`)}`,
    lastSync === null
      ? 'last sync none yet'
      : `last sync ${lastSync.account} ${formatAge(lastSync.endedMs, nowMs)}: ` +
        (lastSync.failure ?? `${lastSync.added} added, ${lastSync.removed} removed`),
    `open      ${status.openFiles.length === 0 ? 'no files' : ''}`.trimEnd(),
    ...status.openFiles.map(openFileLine),
    ...status.notify.flatMap((report) => notifyLines(report, nowMs)),
    ...(status.recentFailures.length === 0 ? [] : ['failures']),
    ...status.recentFailures.slice(0, maxFailures).map((failure) => failureLine(failure, nowMs)),
  ];
  return `${lines.join('\n')}\n`;
}

function accountLines(account: AccountReport, nowMs: number): string[] {
  const facts = [
    account.state,
    ...(account.premiumUntilMs === null ? [] : [premiumText(account.premiumUntilMs, nowMs)]),
    formatCount(account.items, 'item'),
    ...(account.progress !== null
      ? [progressText(account.progress, nowMs)]
      : account.awaitingDetails === 0
        ? []
        : [`${account.awaitingDetails} still without details`]),
    account.lastCompleteMs === null
      ? 'not listed since the start'
      : `listed ${formatAge(account.lastCompleteMs, nowMs)}`,
    `received ${formatBytes(account.received.todayBytes)} today and ${formatBytes(account.received.fifteenDaysBytes)} in 15 days`,
  ];
  const allowances = allowancesText(account.allowances);
  const budgets = account.budgets.map(budgetText).join(', ');
  return [
    `account   ${account.name} (${account.service}): ${facts.join(', ')}`,
    ...(account.detail === '' ? [] : [`          ${account.detail}`]),
    ...(budgets === '' ? [] : [`          calls: ${budgets}`]),
    ...(allowances === '' ? [] : [`          ${allowances}`]),
    ...account.unreadable.map((files) => `          ${unreadableText(files)}`),
    ...(account.held === null ? [] : [`          ${heldSpan(account.held, nowMs)}: ${account.held.reason}`]),
  ];
}

/** How long a loss has been held, and at least will be. */
function heldSpan({ sinceMs, untilMs }: HeldReport, nowMs: number): string {
  const rest =
    untilMs > nowMs
      ? `at least ${formatDuration(untilMs - nowMs)} more`
      : 'until the next listing that agrees';
  return `held for ${formatDuration(nowMs - sinceMs)}, ${rest}`;
}

function linkLines({ lines, hidden, problems, sizeless }: LinksReport): string[] {
  if (lines === 0 && sizeless === 0 && problems.length === 0) return [];
  const facts = [
    `${lines} of your own`,
    ...(hidden.length === 0 ? [] : [`${hiddenCount(hidden.length)} of them not shown`]),
    ...(sizeless === 0 ? [] : [`${sizeless} that accounts keep not shown, as no service tells their size`]),
  ];
  return [
    `links     ${facts.join(', ')}`,
    ...problems.map((problem) => `          ${problem}`),
    ...hidden.slice(0, maxLinks).map(({ url, reason }) => `          ${url}: ${reason}`),
    ...(hidden.length > maxLinks ? ['          and more: "debridfs status --json" names them'] : []),
  ];
}

/** The report has a bounded number of them. */
function hiddenCount(told: number): string {
  return told < mostHidden ? String(told) : `at least ${told}`;
}

function cacheLines({ memoryBytes, memoryLimitBytes, disk }: CacheReport): string[] {
  const memory = `${formatBytes(memoryBytes)} of ${formatBytes(memoryLimitBytes)} of memory`;
  if (disk === null) return [`cache     ${memory}, none on disk`];
  const { usedBytes, maxBytes, pinnedBytes, maxPinnedBytes, droppedPinBytes, pausedBecause } = disk;
  return [
    `cache     ${memory}, ${formatBytes(usedBytes)} of ${formatBytes(maxBytes)} on disk, of these ` +
      `${formatBytes(pinnedBytes)} of ${formatBytes(maxPinnedBytes)} kept for scans`,
    ...(droppedPinBytes === 0
      ? []
      : [
          `          ${formatBytes(droppedPinBytes)} for scans did not fit: raise cache.maxSize or cache.pinned, ` +
            'or the next scan fetches them again',
        ]),
    ...(pausedBecause === null ? [] : [`          ${pausedBecause}`]),
  ];
}

function openFileLine(file: OpenFileReport): string {
  const client = file.client ?? (file.pid === 0 ? 'unknown' : `process ${file.pid}`);
  return `          ${file.path} by ${client}, ${formatBytes(file.readBytes)} read, ${formatBytes(file.bufferedBytes)} buffered`;
}

function notifyLines(
  { target, pending, waitsFor, lastToldMs, trouble }: NotifyReport,
  nowMs: number,
): string[] {
  const facts = [
    lastToldMs === null ? 'not told since the start' : `told ${formatAge(lastToldMs, nowMs)}`,
    ...(pending === 0 ? [] : [`${formatCount(pending, 'folder')} still to tell`]),
    ...(trouble === null ? [] : [trouble]),
  ];
  return [
    `notify    ${target}: ${facts.join(', ')}`,
    ...(waitsFor === null ? [] : [`          ${waitsFor}`]),
  ];
}

function failureLine({ atMs, account, path, message }: FailureReport, nowMs: number): string {
  const about = [account, path].filter((part) => part !== null).join(' ');
  return `          ${formatAge(atMs, nowMs)}${about === '' ? '' : ` ${about}`}: ${message}`;
}
