import type { Allowance, UnreadableFiles } from '../core/account.js';
import type { Budget } from '../core/provider.js';
import type { SyncProgress } from '../core/sync-progress.js';
import { formatBytes, formatCount, formatDate, formatDuration } from './format.js';

/** Allowances that fit on a screen beside the rest. */
const maxAllowances = 8;
/** Below so many days it is told in hours. */
const dayMs = 86_400_000;

/** `paid until 2026-12-24 (27 days left)` */
export function premiumText(untilMs: number, nowMs: number): string {
  const leftMs = untilMs - nowMs;
  const left =
    leftMs <= 0
      ? 'over'
      : leftMs < 2 * dayMs
        ? `${formatDuration(leftMs)} left`
        : `${Math.floor(leftMs / dayMs)} days left`;
  return `paid until ${formatDate(untilMs)} (${left})`;
}

/** `196 of 200 requests left in 60 s` */
export function budgetText({ name, used, limit, windowMs }: Budget): string {
  return `${Math.max(0, limit - used)} of ${limit} ${name} left in ${formatDuration(windowMs)}`;
}

/** `active torrents: 17 of 20 left; traffic of example.com: 3.0 GiB left`; empty where there are none. */
export function allowancesText(allowances: readonly Allowance[]): string {
  const more = allowances.length - maxAllowances;
  const texts = allowances.slice(0, maxAllowances).map(allowanceText);
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function allowanceText({ name, unit, used, left, limit }: Allowance): string {
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : String(value));
  if (left !== null) return `${name}: ${amount(left)}${limit === null ? '' : ` of ${amount(limit)}`} left`;
  if (used !== null) return `${name}: ${amount(used)}${limit === null ? '' : ` of ${amount(limit)}`}`;
  return limit === null ? name : `${name}: at most ${amount(limit)}`;
}

/** `3 files could not be read: This link has aged out.` */
export function unreadableText({ files, sentence }: UnreadableFiles): string {
  return `${formatCount(files, 'file')} could not be read: ${sentence}`;
}

/** `1234 of 5000 items known, 4.1 a second, 15 min left` */
export function progressText(progress: SyncProgress, nowMs: number): string {
  if (progress.stage === 'lists')
    return `being asked for its lists, ${formatDuration(nowMs - progress.sinceMs)}`;
  const { known, items, perSecond, leftMs } = progress;
  const facts = [
    `${known} of ${items} items known`,
    ...(perSecond === null ? [] : [`${perSecond.toFixed(1)} a second`]),
    ...(leftMs === null ? [] : [`${formatDuration(leftMs)} left`]),
  ];
  return facts.join(', ');
}
