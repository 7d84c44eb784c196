/** Walking through the tree, and what is known of a file. */
import { age, bytes, count, element, panel, show, table } from './view.js';

const crumbs = document.getElementById('crumbs');
const folder = document.getElementById('folder');
const explained = document.getElementById('explained');

/** Asks the server; what it refuses is an error with its sentence. */
export async function ask(path, options = {}) {
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  throw new Error(answer?.error?.message ?? `The server answered with status ${response.status}.`);
}

/** Shows a folder, the first 500 of its entries or those from a number on. */
export async function openFolder(path, from = 0) {
  try {
    const listing = await ask(`api/tree?path=${encodeURIComponent(path)}&from=${from}`);
    showCrumbs(listing.path);
    const rows = listing.entries.map((entry) => rowOf(listing.path, entry));
    const more = [
      ...(from > 0 ? [pageButton('Previous', listing.path, Math.max(0, from - 500))] : []),
      ...(from + listing.entries.length < listing.total
        ? [pageButton('Next', listing.path, from + 500)]
        : []),
    ];
    const columns = [['Name'], ['Size', 'number'], ['Since', 'number wide']];
    show(folder, rows.length === 0 ? panel('It is empty.') : table('Folder', columns, rows), ...more);
    explained.replaceChildren();
  } catch (error) {
    show(folder, panel(error.message));
  }
}

function showCrumbs(path) {
  const names = path.split('/').filter((name) => name !== '');
  const parts = ['/', ...names].map((name, at) => {
    const to = `/${names.slice(0, at).join('/')}`;
    return element(
      'button',
      { type: 'button', class: 'link', 'data-key': `crumb ${to}`, onclick: () => openFolder(to) },
      name,
    );
  });
  show(crumbs, ...parts.flatMap((part, at) => (at > 1 ? [' / ', part] : [' ', part])));
  // `show` keeps what is the same, and its listeners with it; the paths are the same then too.
}

function pageButton(title, path, from) {
  return element('button', { type: 'button', onclick: () => openFolder(path, from) }, title);
}

function rowOf(path, { name, kind, sizeBytes, mtimeMs }) {
  const whole = `${path === '/' ? '' : path}/${name}`;
  const onclick = () => (kind === 'directory' ? openFolder(whole) : explain(whole));
  const title = kind === 'directory' ? `${name}/` : name;
  return [
    element('button', { type: 'button', class: 'link', 'data-key': whole, onclick }, title),
    sizeBytes === null ? '' : bytes(sizeBytes),
    mtimeMs === 0 ? '' : age(mtimeMs),
  ];
}

async function explain(path) {
  try {
    const told = await ask(`api/explain?path=${encodeURIComponent(path)}`);
    const lines = [
      ...(told.placing === null ? [] : [told.placing.why]),
      ...told.reasons,
      ...told.sources.map(
        ({ account, ready, reason, refused }) =>
          `${account} holds it${ready ? '' : `, but it is not ready: ${reason ?? 'no reason is told'}`}${refused === null ? '' : `. It refused it: ${refused}`}`,
      ),
      ...(told.lastFailure === null
        ? []
        : [`Last failure, ${age(told.lastFailure.atMs)}: ${told.lastFailure.message}`]),
      ...(told.places.length > 1
        ? [`It is in the tree ${count(told.places.length, 'time')}: ${told.places.join(', ')}`]
        : []),
    ];
    show(
      explained,
      element(
        'div',
        { class: 'panel' },
        element('h3', {}, told.path),
        element('ul', {}, ...lines.map((line) => element('li', {}, line))),
      ),
    );
  } catch (error) {
    show(explained, panel(error.message));
  }
  explained.focus();
}
