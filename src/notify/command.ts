import { spawn } from 'node:child_process';
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
    await new Promise<void>((resolve, reject) => {
      const child = spawn(this.#program, [...this.#words, ...folders], {
        stdio: 'ignore',
        // Tokens of accounts are in the environment where the configuration names them.
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: process.env['LANG'] },
        signal: AbortSignal.any([signal, limit]),
        killSignal: 'SIGKILL',
      });
      child.on('error', (error) => reject(this.#failure(error, signal, limit)));
      child.on('exit', (code) => {
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
