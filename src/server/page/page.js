/** The status page: told by the server every other second how everything is. */
import { accountCard } from './account-card.js';
import { ask, openFolder } from './browse.js';
import { Charts } from './charts.js';
import { age, bytes, element, panel, serverSays, show, table } from './view.js';

const place = (id) => document.getElementById(id);
const charts = new Charts();
/** Bytes that each open file had been read, and when, as last told. */
let readBefore = new Map();

function showStatus(status) {
  const { nowMs } = status;
  serverSays(nowMs);
  const { mount, library, links } = status;
  place('headline').textContent =
    mount.state === 'mounted' ? `Mounted at ${mount.mountpoint}` : `${mount.state}: ${mount.detail}`;
  show(place('accounts'), ...status.accounts.map((account) => accountCard(account, nowMs, letGo)));
  const figures = [
    [library.movies, 'movies'],
    [library.shows, 'shows'],
    [library.episodes, 'episodes'],
    [library.other, 'not placed'],
    [library.torrents, 'torrents'],
    [library.files, 'files'],
  ].map(([number, title]) => figure(number.toLocaleString('en'), title));
  show(place('library'), ...figures, figure(bytes(library.bytes), 'in all'));
  showNotes(status, links);
  showOpenFiles(status.openFiles, nowMs);
  showCache(status.cache);
  place('notify-section').hidden = status.notify.length === 0;
  show(place('notify'), notifyTable(status.notify, nowMs));
  show(place('failures'), failureTable(status.recentFailures, nowMs));
  show(
    place('footer'),
    `debridfs ${status.version}, process ${status.pid}, started ${age(status.startedMs, nowMs)}`,
  );
  charts.add(status, nowMs);
}

function figure(value, title) {
  return element('div', {}, element('dt', {}, title), element('dd', {}, value));
}

function showNotes({ damage }, { hidden, problems }) {
  const notes = [
    ...(damage === null ? [] : [damage]),
    ...problems,
    ...hidden.map(({ url, reason }) => `${url}: ${reason}`),
  ];
  const lines = notes.map((note) => element('p', { class: 'panel warn' }, note));
  let where = place('notes');
  if (where === null) {
    where = element('div', { id: 'notes' });
    place('library').after(where);
  }
  show(where, ...lines);
}

function showOpenFiles(files, nowMs) {
  const before = readBefore;
  readBefore = new Map(files.map((file) => [keyOf(file), { bytes: file.readBytes, atMs: nowMs }]));
  const rows = files.map((file) => {
    const last = before.get(keyOf(file));
    const seconds = last === undefined ? 0 : (nowMs - last.atMs) / 1000;
    const rate = seconds > 0 ? `${bytes((file.readBytes - last.bytes) / seconds)}/s` : '';
    const at = element('progress', {
      max: Math.max(1, file.sizeBytes),
      value: file.positionBytes,
      'aria-label': 'position',
    });
    return [
      file.path,
      file.client ?? (file.pid === 0 ? 'unknown' : `process ${file.pid}`),
      element('div', {}, at, `${bytes(file.positionBytes)} of ${bytes(file.sizeBytes)}`),
      rate,
      bytes(file.bufferedBytes),
      age(file.openedMs, nowMs),
    ];
  });
  const columns = [
    ['File'],
    ['Read by'],
    ['Position'],
    ['Rate', 'number'],
    ['Buffer', 'number'],
    ['Opened', 'number wide'],
  ];
  show(place('open'), rows.length === 0 ? panel('None.') : table('Open files', columns, rows));
}

function keyOf({ path, pid, openedMs }) {
  return `${path} ${pid} ${openedMs}`;
}

function showCache({ memoryBytes, memoryLimitBytes, hitBytes, missBytes, receivedBytes, disk }) {
  const given = hitBytes + missBytes;
  const facts = [
    `${bytes(memoryBytes)} of ${bytes(memoryLimitBytes)} of memory`,
    disk === null
      ? 'nothing on disk'
      : `${bytes(disk.usedBytes)} of ${bytes(disk.maxBytes)} on disk, of these ${bytes(disk.pinnedBytes)} of ${bytes(disk.maxPinnedBytes)} for scans`,
    given === 0
      ? 'nothing read yet'
      : `${Math.round((100 * hitBytes) / given)} % of ${bytes(given)} came from the cache`,
    `${bytes(receivedBytes)} from file hosts since the start`,
  ];
  const paused = disk?.pausedBecause ?? null;
  show(
    place('cache'),
    element('p', { class: 'panel' }, facts.join('; ')),
    ...(paused === null ? [] : [element('p', { class: 'panel warn' }, paused)]),
  );
}

function notifyTable(targets, nowMs) {
  const rows = targets.map(({ target, pending, waitsFor, lastToldMs, trouble }) => [
    target,
    lastToldMs === null ? 'not since the start' : age(lastToldMs, nowMs),
    String(pending),
    [waitsFor, trouble].filter((part) => part !== null).join(' '),
  ]);
  return table('Media servers', [['Who'], ['Told'], ['Folders to tell', 'number'], ['Trouble']], rows);
}

function failureTable(failures, nowMs) {
  if (failures.length === 0) return panel('None.');
  const rows = failures.map(({ atMs, account, path, message }) => [
    age(atMs, nowMs),
    [account, path].filter((part) => part !== null).join(': '),
    message,
  ]);
  return table('Failures', [['When'], ['What'], ['Why, and what to do']], rows);
}

function showSyncs(syncs) {
  if (syncs.length === 0) return show(place('syncs'), panel('None has ended yet.'));
  const rows = syncs
    .slice(0, 15)
    .map(({ account, endedMs, added, removed, held, failure }) => [
      age(endedMs),
      account,
      failure ??
        [`${added} added`, `${removed} removed`, ...(held === 0 ? [] : [`${held} missing and kept`])].join(
          ', ',
        ),
    ]);
  return show(place('syncs'), table('Syncs', [['When'], ['Account'], ['What came of it']], rows));
}

async function refreshHistory(isFirst = false) {
  try {
    const history = await ask('api/history');
    if (isFirst) charts.begin(history);
    showSyncs(history.syncs);
  } catch (error) {
    show(place('syncs'), panel(error.message));
  }
}

/** Believes a loss that an account holds, once the user has said so. */
function letGo(name, { missing, of }) {
  const question = `Let ${missing} of ${of} items of ${name} go, once a second listing agrees?`;
  if (window.confirm(question)) void sync(`?accept=${encodeURIComponent(name)}`);
}

async function sync(query = '') {
  const button = place('sync');
  button.disabled = true;
  button.textContent = 'Asking all accounts…';
  try {
    await ask(`api/sync${query}`, { method: 'POST', headers: { 'x-debridfs': 'page' } });
    await refreshHistory();
  } catch (error) {
    place('headline').textContent = error.message;
  } finally {
    button.disabled = false;
    button.textContent = 'Sync now';
  }
}

place('sync').addEventListener('click', () => void sync());
/** So long after an error that a browser does not get over by itself it is tried again, in milliseconds. */
const againMs = 5_000;

function listen() {
  const events = new EventSource('api/events');
  events.addEventListener('message', ({ data }) => showStatus(JSON.parse(data)));
  events.addEventListener('error', () => {
    place('headline').textContent = 'debridfs does not answer; trying again…';
    // After an answer such as a proxy's 502 a browser asks no more.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, againMs);
  });
}
listen();
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.redraw());
let resized;
window.addEventListener('resize', () => {
  clearTimeout(resized);
  resized = setTimeout(() => charts.redraw(), 200);
});
await refreshHistory(true);
await openFolder('/');
setInterval(() => void refreshHistory(), 30_000);
