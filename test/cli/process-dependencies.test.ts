import { expect, it } from 'vitest';
import { ownCall } from '../../src/cli/process-dependencies.js';

it.each([
  ['/usr/local/bin/debridfs', '/root', 'debridfs'],
  ['/opt/debridfs/dist/main.js', '/opt/debridfs', 'node dist/main.js'],
  ['/opt/debridfs/dist/main.js', '/root', 'node /opt/debridfs/dist/main.js'],
  ['/opt/my fs/dist/main.js', '/root', "node '/opt/my fs/dist/main.js'"],
])('%s is called from %s as %s', (script, cwd, call) => expect(ownCall(script, cwd)).toBe(call));
