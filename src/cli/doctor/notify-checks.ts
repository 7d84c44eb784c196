import { lookup } from 'node:dns/promises';
import type { Config, NotifyConfig } from '../../config/config.js';
import type { Environment } from '../../config/interpolate.js';
import { createScrubber, passwordOf } from '../../config/scrub.js';
import { atMost } from '../../core/abortable.js';
import type { Clock } from '../../core/clock.js';
import { AppError, toAppError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import { isPublicAddress, isPublicHost } from '../../core/public-address.js';
import { nameOf, type Look } from '../../notify/target.js';
import { ok, warn, type Check, type Finding } from './check.js';
import type { Machine } from './machine.js';
import { judgeProgram } from './notify-command.js';
import { judgeLibraries, judgeMap, toldOf } from './notify-folders.js';
import { judgeTrouble } from './notify-troubles.js';

/** A target that is awake answers at once, in milliseconds. */
const lookMs = 5_000;

/** Each target of `notify`: whether it can be told, and has what it is told of. All are asked at the same time, and none is told anything. */
export function notifyChecks(config: Config, machine: Machine, env: Environment, clock: Clock): Check[] {
  const { notify } = config;
  const judge = async (target: NotifyConfig): Promise<Finding> => {
    const told = toldOf(target, config);
    const finding = judgeMap(told);
    if (finding?.verdict === 'fail') return finding;
    const look = await lookAt(target, clock);
    const found =
      look.kind === 'libraries'
        ? judgeLibraries(target.kind, look.folders, told)
        : look.kind === 'program'
          ? await judgeProgram(look.program, machine, env, config.mount.dropTo)
          : ok('can be reached; it was not told anything');
    return found.verdict === 'ok' ? (finding ?? (await judgeAddress(target)) ?? found) : found;
  };
  const judged = async (target: NotifyConfig): Promise<Finding> => {
    const { verdict, detail, remedy } = await judge(target).catch((thrown: unknown) =>
      judgeTrouble(target, toAppError(thrown)),
    );
    // What servers answer is in there.
    const scrub = createScrubber([target.token?.reveal() ?? '', ...passwordOf(target.url)]);
    return { verdict, detail: scrub(detail), remedy: scrub(remedy) };
  };
  const looks = notify.map((target) => ({ target, look: once(() => judged(target)) }));
  return looks.map(({ target, look }) => ({
    name: `notify ${shownName(target)}`,
    run: () => {
      for (const other of looks) void other.look();
      return look();
    },
  }));
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}

function shownName({ kind, url, command: [program = ''] }: NotifyConfig): string {
  return nameOf(kind, url === null ? program : new URL(url.reveal()));
}

/** @throws {AppError} why it could not be told. */
async function lookAt(target: NotifyConfig, clock: Clock): Promise<Look> {
  const { createTarget } = await import('../../notify/create-target.js');
  const bare = { ...target, url: target.url?.reveal() ?? null, token: target.token?.reveal() ?? null };
  const made = createTarget(bare, clock, silentLogger).target;
  const end = new AbortController();
  const late = (): AppError =>
    new AppError('timeout', `${made.name} did not answer within ${lookMs / 1000} s.`);
  try {
    return await atMost(clock, lookMs, made.look(end.signal), late);
  } finally {
    end.abort();
  }
}

/** A secret that goes through the internet for all to read; null: it does not. */
export async function judgeAddress({
  url,
  token,
}: Pick<NotifyConfig, 'url' | 'token'>): Promise<Finding | null> {
  if (url === null) return null;
  const { protocol, hostname, password } = new URL(url.reveal());
  if (protocol !== 'http:' || (token === null && password === '') || !isPublicHost(hostname)) return null;
  // At home, names of the internet are often those of machines in the next room.
  const { address } = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => ({ address: '' }));
  if (!isPublicAddress(address)) return null;
  return warn(
    `works, but its ${token === null ? 'password' : 'token'} goes through the internet unencrypted`,
    'Begin `url` with https://.',
  );
}
