/** Loads all that a mount comes to need, so that nothing is left to load then. */
import 'undici';
import '@hono/node-server';
import './app.js';
import './server/control-app.js';
import './server/http-app.js';
import './server/metrics.js';
import { pageFiles } from './server/page-files.js';
import './start-mount.js';

await pageFiles.load();
