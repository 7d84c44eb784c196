import { spawn, type ChildProcess } from 'node:child_process';
import { AppError, codeOf } from '../core/errors.js';
import type { MappedNews } from './news.js';
import { nameOf, type Look, type Target } from './target.js';

/** A hook that tells a media server is done in seconds. */
const endWithinMs = 60_000;

/** A program of the user's, which is given the folders as arguments, without a shell. What it prints is thrown away. */
export class Command implements Target {
  readonly name: string;
  readonly #program: string;
  readonly #words: readonly string[];

  constructor(program: string, words: readonly string[]) {
    this.name = nameOf('command', program);
    this.#program = program;
    this.#words = words;
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const folders = [...new Set(news.map(({ scan }) => scan))];
    const limit = AbortSignal.timeout(endWithinMs);
    const over = AbortSignal.any([signal, limit]);
    if (over.aborted) throw this.#failure(null, signal, limit);
    await new Promise<void>((resolve, reject) => {
      // A group of its own, so that what it starts ends with it.
      const child = spawn(this.#program, [...this.#words, ...folders], {
        stdio: 'ignore',
        detached: true,
        // Tokens of accounts are in the environment where the configuration names them.
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: process.env['LANG'] },
      });
      const kill = (): void => killGroup(child);
      const giveUp = (): void => {
        kill();
        reject(this.#failure(null, signal, limit));
      };
      const settle = (): void => {
        over.removeEventListener('abort', giveUp);
        process.off('exit', kill);
      };
      over.addEventListener('abort', giveUp);
      process.on('exit', kill);
      child.on('error', (error) => {
        settle();
        reject(this.#failure(error, signal, limit));
      });
      child.on('exit', (code) => {
        settle();
        if (code === 0) resolve();
        else reject(new AppError('bad-answer', `${this.name} ended with ${code ?? 'a signal'}.`));
      });
    });
  }

  look(): Promise<Look> {
    return Promise.resolve({ kind: 'program', program: this.#program });
  }

  #failure(error: unknown, signal: AbortSignal, limit: AbortSignal): AppError {
    if (signal.aborted) return new AppError('aborted', 'The wait was given up by its caller.');
    if (limit.aborted)
      return new AppError('timeout', `${this.name} did not end within ${endWithinMs / 1000} s.`);
    return new AppError('config', `${this.name} cannot be run (${codeOf(error) ?? 'unknown'}).`);
  }
}

/** Kills a program that has not ended, and all that it started and did not set apart. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
