/** The entry of the thread in which the librarian works; `startLibrarian` starts it and speaks with it. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import { asStorageError, openForWriting } from '../store/database.js';
import { Librarian } from './librarian.js';
import type { FromThread, PlainError, ThreadSettings, ToThread } from './librarian-client.js';

/** Opens the store and does the calls that come through a port, in their order, until `close`. */
export function serveLibrarian(port: MessagePort, settings: ThreadSettings): void {
  const post = (message: FromThread): void => port.postMessage(message);
  const log =
    (level: keyof Logger) =>
    (facts: object, message: string): void =>
      post({ kind: 'log', level, facts, message });
  const logger: Logger = {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  };
  let librarian: Librarian;
  try {
    librarian = new Librarian(openForWriting(settings.stateDir), settings, systemClock, logger);
  } catch (thrown) {
    post({ kind: 'failed', id: null, error: asPlain(thrown, logger) });
    return;
  }
  post({ kind: 'ready' });
  port.on('message', (call: ToThread) => {
    try {
      const work = librarian[call.method].bind(librarian) as (...args: readonly unknown[]) => unknown;
      const result = work(...call.args);
      post({ kind: 'done', id: call.id, result });
    } catch (thrown) {
      post({ kind: 'failed', id: call.id, error: asPlain(thrown, logger) });
    }
    if (call.method === 'close') port.close();
  });
}

/** What of an error crosses the thread's border. A defect goes to the log as it was thrown, with the stack of its place. */
function asPlain(thrown: unknown, logger: Logger): PlainError {
  const { code, message, retry } = asStorageError(thrown);
  if (code === 'internal') logger.error({ err: thrown }, 'a defect in the library thread');
  return { code, message, retry };
}

if (parentPort !== null) serveLibrarian(parentPort, workerData as ThreadSettings);
