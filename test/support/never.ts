import { setMaxListeners } from 'node:events';

/** A signal that never fires, for any number of waiters. */
export const never = new AbortController().signal;
setMaxListeners(0, never);
