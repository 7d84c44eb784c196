import type { Explanation, SourceReport } from '../server/surface.js';
import { formatAge, formatBytes, formatTime } from './format.js';

/** An explanation for people. */
export function renderExplanation(explanation: Explanation, nowMs: number): string {
  const { path, kind, sizeBytes, mtimeMs, inode, content, reasons, sources, lastFailure } = explanation;
  const size = sizeBytes === null ? '' : `, ${formatBytes(sizeBytes)} (${sizeBytes} bytes)`;
  const lines = [
    path,
    `  ${kind}${size}, of ${formatTime(mtimeMs)} UTC, inode ${inode}`,
    ...(content === null ? [] : [`  torrent ${content.torrent}, file "${content.baseName}"`]),
    ...reasons.map((reason) => `  ${reason}`),
    ...sources.map((source) => `  held by ${sourceText(source, nowMs)}`),
    ...(kind === 'file' && content !== null && sources.length === 0 ? ['  no account holds it'] : []),
    ...(lastFailure === null
      ? []
      : [`  last failure ${formatAge(lastFailure.atMs, nowMs)}: ${lastFailure.message}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function sourceText(
  { account, list, itemId, ready, reason, linkBornMs }: SourceReport,
  nowMs: number,
): string {
  const state = ready ? 'ready' : `not ready: ${reason ?? 'no reason is known'}`;
  const link = linkBornMs === null ? '' : `, link made ${formatAge(linkBornMs, nowMs)}`;
  return `${account} (${list} ${itemId}), ${state}${link}`;
}
