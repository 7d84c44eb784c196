import { AppError } from '../core/errors.js';
import type { KeyInput, Output } from './dependencies.js';

/** No service's key is longer. */
const maxLength = 16 * 1024;

/** What a terminal in raw mode sends for keys that mean something here. */
const keys = { interrupt: '\u0003', endOfInput: '\u0004', backspace: '\u0008', delete: '\u007f' } as const;

/**
 * Reads a key that nobody may see: typed on a terminal, without an echo, or all of the standard input where that is something else.
 * The terminal is as it was afterwards, whatever happens.
 * @throws {AppError} `aborted` when the signal fires or the user presses Ctrl-C; `invalid` when there is no key.
 */
export async function readKey(
  input: KeyInput,
  stdout: Output,
  prompt: string,
  signal: AbortSignal,
): Promise<string> {
  const setRawMode = input.isTTY === true ? input.setRawMode?.bind(input) : undefined;
  if (setRawMode === undefined) return checked(await collect(input, signal, () => false));
  setRawMode(true);
  try {
    stdout.write(prompt);
    let typed = '';
    await collect(input, signal, (text) => {
      for (const key of text) {
        if (key === keys.interrupt) throw givenUp();
        if (key === '\r' || key === '\n' || key === keys.endOfInput) return true;
        if (key === keys.backspace || key === keys.delete) typed = typed.slice(0, -1);
        else typed += key;
      }
      return false;
    });
    return checked(typed);
  } finally {
    setRawMode(false);
    stdout.write('\n');
  }
}

/** What comes until it ends, or until `isLast` says so of a piece. */
function collect(input: KeyInput, signal: AbortSignal, isLast: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const stop = (): void => {
      input.off('data', onData);
      input.off('end', onEnd);
      input.off('error', onError);
      signal.removeEventListener('abort', onAbort);
      input.pause();
    };
    const settle = (): void => {
      stop();
      resolve(text);
    };
    const fail = (error: Error): void => {
      stop();
      reject(error);
    };
    const onData = (piece: Buffer | string): void => {
      const added = piece.toString();
      text += added;
      try {
        if (text.length > maxLength) fail(new AppError('invalid', 'This is too long for a key.'));
        else if (isLast(added)) settle();
      } catch (thrown) {
        fail(thrown instanceof Error ? thrown : givenUp());
      }
    };
    const onEnd = (): void => settle();
    const onError = (cause?: unknown): void =>
      fail(new AppError('invalid', 'The key could not be read from the standard input.', { cause }));
    const onAbort = (): void => fail(givenUp());
    if (signal.aborted) {
      reject(givenUp());
      return;
    }
    input.on('data', onData);
    input.on('end', onEnd);
    input.on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    input.resume();
  });
}

function checked(text: string): string {
  const key = text.trim();
  if (key === '') throw new AppError('invalid', 'No key was given, so nothing was kept.');
  return key;
}

function givenUp(): AppError {
  return new AppError('aborted', 'The login was given up.');
}
