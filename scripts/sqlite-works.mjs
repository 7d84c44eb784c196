/**
 * Ends with 0 where better-sqlite3 loads into this Node, and its statements can be collected at any moment: in Node 24.19
 * and newer one that was compiled with the headers as they came ends the process (see `object-wrap.h`).
 */
import Database from 'better-sqlite3';

const db = new Database(':memory:');

async function* turns() {
  for (let n = 0; n < 100_000; n += 1) yield { n };
}

// Garbage from turn to turn has the collector run between pieces of JavaScript.
const kept = [];
for await (const turn of turns()) {
  if (turn.n % 100 === 0) db.prepare('SELECT 1');
  kept[turn.n % 5000] = turn;
}
