/** The entry of the thread that looks the library through and copies it; `startLibraryCare` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { careForLibrary, type CareTask } from './care.js';

if (parentPort !== null) parentPort.postMessage(careForLibrary(workerData as CareTask));
