import { expect, it } from 'vitest';
import { createLogger } from '../../src/cli/logger.js';

it('in the journal of systemd each line has its priority, elsewhere none', async () => {
  for (const isJournal of [true, false]) {
    const lines: string[] = [];
    const target = { write: (line: string) => lines.push(line), isJournal };
    const logger = await createLogger({ level: 'trace', format: 'auto' }, target, (text) => text);
    logger.debug({}, 'a');
    logger.info({ level: 50 }, 'b');
    logger.warn({}, 'c');
    logger.error({}, 'd');
    const priorities = lines.map((line) => /^(<\d>)?\{"level":\d+.*\}\n$/.exec(line)?.[1] ?? '');
    expect(priorities).toEqual(isJournal ? ['<7>', '<6>', '<4>', '<3>'] : ['', '', '', '']);
  }
});
