import type { EvidenceReport, PlacingReport } from '../library/explain.js';
import type { Explanation, SourceReport } from '../server/surface.js';
import { formatAge, formatBytes, formatTime } from './format.js';

/** An explanation for people. */
export function renderExplanation(explanation: Explanation, nowMs: number): string {
  const { path, kind, sizeBytes, mtimeMs, inode, content, reasons, sources, lastFailure } = explanation;
  const size = sizeBytes === null ? '' : `, ${formatBytes(sizeBytes)} (${sizeBytes} bytes)`;
  const elsewhere = explanation.places.filter((place) => place !== path);
  const lines = [
    path,
    `  ${kind}${size}, of ${formatTime(mtimeMs)} UTC, inode ${inode}`,
    ...(content === null ? [] : [`  torrent ${content.torrent}, file "${content.baseName}"`]),
    ...elsewhere.map((place) => `  also at ${place}`),
    ...(explanation.placing === null ? [] : placingLines(explanation.placing)),
    ...reasons.map((reason) => `  ${reason}`),
    ...sources.map((source) => `  held by ${sourceText(source, nowMs)}`),
    ...(kind === 'file' && content !== null && sources.length === 0 ? ['  no account holds it'] : []),
    ...(lastFailure === null
      ? []
      : [`  last failure ${formatAge(lastFailure.atMs, nowMs)}: ${lastFailure.message}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function placingLines({
  torrentName,
  path,
  confidence,
  why,
  overrides,
  catalogue = null,
  evidence,
}: PlacingReport): string[] {
  const place = confidence === null ? 'not in the library' : `placed (${confidence})`;
  return [
    `  told as "${plain(path)}" of "${plain(torrentName)}"`,
    `  ${place}: ${plain(why)}`,
    ...overrides.map((override) => `  overridden: ${plain(override)}`),
    ...(catalogue === null ? [] : [`  catalogue: ${plain(catalogue)}`]),
    ...evidence.map(evidenceText),
  ];
}

function evidenceText({ from, name, says, grade, rejected }: EvidenceReport): string {
  const whose = name === '' ? from : `${from} "${plain(name)}"`;
  const verdict = rejected === null ? 'taken' : `not taken: ${plain(rejected)}`;
  return `    ${whose}: ${plain(says)} (${grade}), ${verdict}`;
}

/** Names come from torrents, and may hold what would drive a terminal. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

function sourceText(
  { account, list, itemId, ready, reason, refused, linkBornMs }: SourceReport,
  nowMs: number,
): string {
  const state = ready ? 'ready' : `not ready: ${reason ?? 'no reason is known'}`;
  const link = linkBornMs === null ? '' : `, link made ${formatAge(linkBornMs, nowMs)}`;
  const refusal = refused === null ? '' : `, not read when last tried: ${plain(refused)}`;
  return `${account} (${list} ${itemId}), ${state}${link}${refusal}`;
}
