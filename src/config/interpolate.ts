import type { Problem } from './problems.js';
import type { ListSetting, MapSetting, ScalarSetting, Setting, SettingPath } from './setting-tree.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Raised inside a section whose variables are not needed when one of them is not set. */
class Unset extends Error {}

interface Pass {
  readonly env: Environment;
  readonly problems: Problem[];
  /** Sections of the top level that this command needs; null: all. */
  readonly needed: ReadonlySet<string> | null;
}

/**
 * Replaces `${NAME}` in the file's texts by the variable, and `$${` by `${`. A variable that is not set (or empty) is a
 * problem; in a disabled section the key counts as not given, and a section that the command does not need counts as
 * not given as a whole.
 */
export function interpolate(
  root: MapSetting,
  env: Environment,
  needed: ReadonlySet<string> | null,
  problems: Problem[],
): MapSetting {
  const pass: Pass = { env, problems, needed };
  const entries = new Map<string, Setting>();
  for (const [key, child] of root.entries) {
    const unneeded = needed !== null && !needed.has(key);
    try {
      const done = expand(child, [key], unneeded ? 'leave-out' : 'report', pass);
      if (done !== undefined) entries.set(key, done);
    } catch (error) {
      if (!(error instanceof Unset)) throw error;
    }
  }
  return { ...root, entries };
}

/** What an unset variable means: a problem, a key less, or a section less. */
type WhenUnset = 'report' | 'drop' | 'leave-out';

function expand(setting: Setting, path: SettingPath, whenUnset: WhenUnset, pass: Pass): Setting | undefined {
  switch (setting.kind) {
    case 'scalar':
      return expandText(setting, path, whenUnset, pass);
    case 'list':
      return expandList(setting, path, whenUnset, pass);
    case 'map':
      return expandMap(setting, path, isDisabled(setting) ? 'drop' : whenUnset, pass);
  }
}

function expandList(list: ListSetting, path: SettingPath, whenUnset: WhenUnset, pass: Pass): ListSetting {
  const items = list.items.flatMap((item, index) => expand(item, [...path, index], whenUnset, pass) ?? []);
  return { ...list, items };
}

function expandMap(map: MapSetting, path: SettingPath, whenUnset: WhenUnset, pass: Pass): MapSetting {
  const entries = new Map<string, Setting>();
  for (const [key, child] of map.entries) {
    const done = expand(child, [...path, key], whenUnset, pass);
    if (done !== undefined) entries.set(key, done);
  }
  return { ...map, entries };
}

function expandText(
  setting: ScalarSetting,
  path: SettingPath,
  whenUnset: WhenUnset,
  pass: Pass,
): ScalarSetting | undefined {
  if (setting.origin.kind !== 'file' || !setting.text.includes('${')) return setting;
  const unset = [...setting.text.matchAll(reference)]
    .filter(([, escape, name]) => escape === '' && valueOf(name, pass.env) === undefined)
    .map(([, , name]) => name ?? '');
  if (unset.length > 0 && whenUnset === 'leave-out') throw new Unset();
  if (unset.length > 0 && whenUnset === 'drop') return undefined;
  for (const name of unset) pass.problems.push({ path, origin: setting.origin, text: explainUnset(name) });
  const text = setting.text.replace(reference, (_whole, escape: string, name: string) =>
    escape === '' ? (valueOf(name, pass.env) ?? '') : `\${${name}}`,
  );
  return { ...setting, text, showable: false, broken: unset.length > 0 };
}

const reference = /(\$?)\$\{([^}]*)\}/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A variable's value; undefined where it is not set, empty, or its name is none. */
function valueOf(name: string | undefined, env: Environment): string | undefined {
  const value = name !== undefined && variableName.test(name) ? env[name] : undefined;
  return value === '' ? undefined : value;
}

function explainUnset(name: string): string {
  if (!variableName.test(name)) {
    return 'Between ${ and } stands no name of a variable. Write ${NAME}, or $${ for the characters themselves.';
  }
  return `The environment variable ${name} is not set. Set it, or write the value here.`;
}

/** `enabled: false`, or a server that does not listen. */
function isDisabled(map: MapSetting): boolean {
  const text = (key: string): string | undefined => {
    const child = map.entries.get(key);
    return child?.kind === 'scalar' ? child.text.trim().toLowerCase() : undefined;
  };
  return ['false', 'no', 'off', '0'].includes(text('enabled') ?? 'true') || text('listen') === 'off';
}
