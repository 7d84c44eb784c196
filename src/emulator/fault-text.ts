import { AppError } from '../core/errors.js';
import type { FaultAction, FaultRule } from './faults.js';
import { isPlace, places } from './roles.js';

/** The fields of each action as words: which are numbers, and which may be left out. */
const fields = {
  status: { numbers: ['code'], texts: ['body'] },
  delayHeaders: { numbers: ['ms'], texts: [] },
  throttle: { numbers: ['bytesPerSecond'], texts: [] },
  stallAfter: { numbers: ['bytes'], texts: [] },
  truncateAfter: { numbers: ['bytes'], texts: [] },
  resetAfter: { numbers: ['bytes'], texts: [] },
  ignoreRange: { numbers: [], texts: [] },
  shiftRange: { numbers: ['delta'], texts: [] },
  shortenRange: { numbers: ['bytes'], texts: [] },
  wrongTotal: { numbers: ['delta'], texts: [] },
  html200: { numbers: [], texts: [] },
  emptyBody: { numbers: [], texts: [] },
  corrupt: { numbers: ['offset'], texts: [] },
  redirect: { numbers: ['code'], texts: ['to'] },
  redirectLoop: { numbers: [], texts: [] },
  closeAfterResponse: { numbers: [], texts: [] },
  hang: { numbers: [], texts: [] },
  refuse: { numbers: [], texts: [] },
  shortenList: { numbers: ['share'], texts: ['count'] },
  wrongTypes: { numbers: [], texts: [] },
  setHeader: { numbers: [], texts: ['name', 'value'] },
  malformedJson: { numbers: [], texts: [] },
  gzip: { numbers: [], texts: [] },
} as const satisfies Record<
  FaultAction['kind'],
  { readonly numbers: readonly string[]; readonly texts: readonly string[] }
>;

/** Texts that may not be left out. */
const needed: Partial<Record<FaultAction['kind'], readonly string[]>> = {
  redirect: ['to'],
  setHeader: ['name', 'value'],
};

const conditions = ['method', 'path', 'account', 'nth', 'times', 'probability'];

/**
 * Reads a rule from words: `PLACE ACTION [FIELD=VALUE …]`, as in `rd-cdn stallAfter bytes=1000 nth=1-3`. Fields are the
 * action's (`stallAfter` without `ms` stalls for ever) and `method`, `path` (a regular expression), `account`, `nth`
 * (`3` or `1-3`), `times`, `probability`.
 * @throws {AppError} `config` when it cannot be understood.
 */
export function parseFaultRule(text: string): FaultRule {
  const [at = '', kind = '', ...words] = text.trim().split(/\s+/);
  if (!isPlace(at)) throw wrong(text, `"${at}" is no place; places are ${places.join(', ')}`);
  if (!isKind(kind))
    throw wrong(text, `"${kind}" is no action; actions are ${Object.keys(fields).join(', ')}`);
  const values = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    values.set(word.slice(0, Math.max(0, equals)), word.slice(equals + 1));
  }
  const known = [
    ...fields[kind].numbers,
    ...fields[kind].texts,
    ...conditions,
    kind === 'stallAfter' ? 'ms' : '',
  ];
  for (const name of values.keys()) {
    if (name === '' || !known.includes(name)) throw wrong(text, `${kind} has no field "${name}"`);
  }
  const number = (name: string): number => {
    const value = Number(values.get(name) ?? Number.NaN);
    if (!Number.isFinite(value)) throw wrong(text, `${name} must be a number`);
    return value;
  };
  const action: Record<string, unknown> = { kind };
  for (const name of fields[kind].numbers) action[name] = number(name);
  for (const name of fields[kind].texts) if (values.has(name)) action[name] = values.get(name);
  if (kind === 'stallAfter') action['ms'] = values.has('ms') ? number('ms') : null;
  for (const name of needed[kind] ?? []) {
    if (!values.has(name)) throw wrong(text, `${kind} needs "${name}"`);
  }
  if (values.has('count') && values.get('count') !== 'kept') throw wrong(text, 'count can only be "kept"');
  const nth = /^(\d+)(?:-(\d+))?$/.exec(values.get('nth') ?? '');
  if (values.has('nth') && nth === null) throw wrong(text, 'nth must be a number or a range');
  const method = values.get('method');
  const account = values.get('account');
  return {
    at,
    ...(method === undefined ? {} : { method }),
    ...(account === undefined ? {} : { account }),
    ...(values.has('path') ? { path: pattern(text, values.get('path') ?? '') } : {}),
    ...(nth === null ? {} : { nth: [Number(nth[1]), Number(nth[2] ?? nth[1])] }),
    ...(values.has('times') ? { times: number('times') } : {}),
    ...(values.has('probability') ? { probability: number('probability') } : {}),
    action: action as FaultAction,
  };
}

/** How rules are written, for people. */
export function describeFaultRules(): string {
  const actions = Object.entries(fields).map(([kind, { numbers, texts }]) => {
    const given = [...numbers, ...texts].map((name) => ` ${name}=…`).join('');
    return `  ${kind}${given}${kind === 'stallAfter' ? ' [ms=…]' : ''}`;
  });
  return [
    'A fault is PLACE ACTION [FIELD=VALUE …], for example:',
    "  --fault 'rd-cdn status code=404' 'tb-api hang nth=1-3'",
    `Places: ${places.join(', ')}.`,
    'Actions:',
    ...actions,
    `Any of them takes ${conditions.join(', ')} as well.`,
    '',
  ].join('\n');
}

function isKind(text: string): text is FaultAction['kind'] {
  return Object.hasOwn(fields, text);
}

function pattern(text: string, source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw wrong(text, 'path is no regular expression');
  }
}

function wrong(text: string, why: string): AppError {
  return new AppError('config', `The fault "${text}" cannot be understood: ${why}.`);
}
