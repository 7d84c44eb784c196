/** Small pieces that everything on the page is made of. Texts are set as text: nothing that a service tells is taken for HTML. */

/**
 * An element with attributes and children.
 * @param {string} name @param {Record<string, unknown>} attributes @param {...(Node | string)} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on') && typeof value === 'function') made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children);
  return made;
}

/** Puts children into a place, unless they are what is there already: a focus is kept, and nothing flickers. */
export function show(place, ...children) {
  const fresh = element('div', {}, ...children);
  if (place.innerHTML === fresh.innerHTML) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset?.key : undefined;
  place.replaceChildren(...fresh.childNodes);
  if (focused !== undefined) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/**
 * A table; `columns` are `[title, class]`, and `rows` lists of cells.
 * @param {string} caption said to who cannot see it.
 */
export function table(caption, columns, rows) {
  const head = columns.map(([title, kind]) => element('th', { scope: 'col', class: kind }, title));
  const body = rows.map((cells) =>
    element('tr', {}, ...cells.map((cell, index) => element('td', { class: columns[index]?.[1] }, cell))),
  );
  return element(
    'table',
    { 'aria-label': caption },
    element('tbody', {}, element('tr', {}, ...head), ...body),
  );
}

/** A sentence in a panel. */
export function panel(text) {
  return element('p', { class: 'panel dim' }, text);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes for people: `1.5 GB`. */
export function bytes(count) {
  let rest = count;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** How far the server's clock is before this browser's. */
let aheadMs = 0;

/** Takes over what time it is where all times come from. */
export function serverSays(nowMs) {
  aheadMs = nowMs - Date.now();
}

/** How long ago, or until when, by the server's clock: `5 min ago`, `in 12 days`. */
export function age(atMs, nowMs = Date.now() + aheadMs) {
  const seconds = Math.round(Math.abs(nowMs - atMs) / 1000);
  const text =
    seconds < 60
      ? `${seconds} s`
      : seconds < 3600
        ? `${Math.round(seconds / 60)} min`
        : seconds < 2 * 86_400
          ? `${Math.round(seconds / 3600)} h`
          : `${Math.round(seconds / 86_400)} days`;
  return atMs <= nowMs ? `${text} ago` : `in ${text}`;
}

/** `1,234` and what there are so many of. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
