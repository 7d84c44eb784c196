/** The entry of the thread in which the librarian works; `startLibrarian` starts it and speaks with it. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import { asStorageError, openForWriting } from '../store/database.js';
import { suspectDamage } from '../store/restore.js';
import { flawTold, isDamage } from '../store/sqlite-trouble.js';
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
    librarian = openLibrarian(settings, logger);
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
      const error = asPlain(thrown, logger);
      post({ kind: 'failed', id: call.id, error });
      if (isDamage(thrown)) {
        suspectDamage(settings.stateDir);
        post({ kind: 'failed', id: null, error });
      }
    }
    if (call.method === 'close') port.close();
  });
}

/** Opens the store; where only its use shows that it is damaged or cannot be read, once more, which mends it or says what to do. */
function openLibrarian(settings: ThreadSettings, logger: Logger): Librarian {
  const open = (): Librarian => {
    const db = openForWriting(settings.stateDir, (message) => logger.warn({}, message));
    try {
      return new Librarian(db, settings, systemClock, logger);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  };
  try {
    return open();
  } catch (thrown) {
    if (flawTold(thrown) === null) throw thrown;
    suspectDamage(settings.stateDir);
    return open();
  }
}

/** What of an error crosses the thread's border. A defect goes to the log as it was thrown, with the stack of its place. */
function asPlain(thrown: unknown, logger: Logger): PlainError {
  const { code, message, retry, context } = asStorageError(thrown);
  if (code === 'internal') logger.error({ err: thrown }, 'a defect in the library thread');
  return { code, message, retry, context };
}

const port = parentPort;
// The first message says that the store may be opened.
port?.once('message', () => serveLibrarian(port, workerData as ThreadSettings));
