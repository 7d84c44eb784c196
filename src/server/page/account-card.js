/** An account on the status page: how it is, what is left of its limits, how far it is known. */
import { age, bytes, count, element } from './view.js';

const states = {
  ok: ['good', 'well'],
  unknown: ['dim', 'not asked yet'],
  limited: ['warn', 'limited'],
  unreachable: ['warn', 'unreachable'],
  expired: ['bad', 'expired'],
  rejected: ['bad', 'key refused'],
  blocked: ['bad', 'blocked'],
};

/**
 * How an account is.
 * @param letGo called with its name and the loss that it holds, where the user says that it is meant.
 */
export function accountCard(account, nowMs, letGo) {
  const { name, service, state, detail, premiumUntilMs, items, budgets, received, held } = account;
  const { awaitingDetails, progress } = account;
  const [kind, word] = states[state] ?? ['dim', state];
  const facts = [
    premiumUntilMs === null ? null : `paid until ${new Date(premiumUntilMs).toLocaleDateString()}`,
    count(items, 'item'),
    awaitingDetails === 0 || progress !== null ? null : `${awaitingDetails} still without details`,
    account.lastCompleteMs === null
      ? 'not listed since the start'
      : `listed ${age(account.lastCompleteMs, nowMs)}`,
  ].filter((fact) => fact !== null);
  return element(
    'article',
    { class: 'card' },
    element(
      'div',
      { class: 'top' },
      element('h3', {}, name, ' ', element('span', { class: 'dim' }, service)),
      element('span', { class: `state ${kind}` }, word),
    ),
    ...(detail === '' ? [] : [element('p', { class: kind }, detail)]),
    element('p', { class: 'dim' }, facts.join(', ')),
    ...(progress === null ? [] : [progressNote(name, progress, nowMs)]),
    element(
      'p',
      { class: 'dim' },
      `${bytes(received.todayBytes)} today, ${bytes(received.fifteenDaysBytes)} in 15 days`,
    ),
    ...budgets.map(({ name: limited, used, limit }) =>
      element(
        'p',
        { class: 'dim' },
        `${limited}: ${used} of ${limit} used`,
        element('progress', { max: limit, value: Math.min(used, limit), 'aria-label': `${limited}, used` }),
      ),
    ),
    ...account.allowances.map((allowance) => element('p', { class: 'dim' }, allowanceText(allowance))),
    ...account.unreadable.map(({ files, sentence }) =>
      element('p', { class: 'warn' }, `${count(files, 'file')}: ${sentence}`),
    ),
    ...(held === null ? [] : [heldNote(name, held, letGo)]),
  );
}

/** How far it is known what an account holds, at its first sync above all. */
function progressNote(name, progress, nowMs) {
  const label = `what is known of ${name}`;
  if (progress.stage === 'lists')
    return element(
      'p',
      {},
      `being asked for its lists, begun ${age(progress.sinceMs, nowMs)}`,
      element('progress', { 'aria-label': label }),
    );
  const { known, items, perSecond, leftMs } = progress;
  const facts = [
    `${known.toLocaleString('en')} of ${count(items, 'item')} known`,
    perSecond === null ? null : `${perSecond.toFixed(1)} a second`,
    leftMs === null ? null : `all of them ${age(nowMs + leftMs, nowMs)}`,
  ].filter((fact) => fact !== null);
  return element(
    'p',
    {},
    facts.join(', '),
    element('progress', { max: Math.max(1, items), value: known, 'aria-label': label }),
  );
}

function allowanceText({ name, unit, used, left, limit }) {
  const told = (value) => (unit === 'bytes' ? bytes(value) : String(value));
  const facts = [
    used === null ? null : `${told(used)} used`,
    left === null ? null : `${told(left)} left`,
    limit === null ? null : `${told(limit)} at most`,
  ].filter((fact) => fact !== null);
  return `${name}: ${facts.join(', ')}`;
}

function heldNote(name, held, letGo) {
  const onclick = () => letGo(name, held);
  return element(
    'div',
    {},
    element('p', { class: 'warn' }, held.reason),
    element('button', { type: 'button', 'data-key': `accept ${name}`, onclick }, 'They are meant to be gone'),
  );
}
