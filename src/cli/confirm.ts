import { AppError } from '../core/errors.js';
import type { CliDependencies } from './dependencies.js';

/** Goes on only with the user's yes. @throws {AppError} `config` where nobody can be asked, `aborted` for any other answer. */
export async function confirm(
  question: string,
  isSure: boolean,
  { ask }: Pick<CliDependencies, 'ask'>,
): Promise<void> {
  if (isSure) return;
  if (ask === null)
    throw new AppError(
      'config',
      'Nothing was removed: there is no terminal to ask at. Say that you are sure with --yes.',
    );
  const answer = await ask(`${question} [y/N] `);
  if (!/^\s*y(?:es)?\s*$/i.test(answer ?? '')) throw new AppError('aborted', 'Nothing was removed.');
}
