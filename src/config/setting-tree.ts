/** Where a setting's text was written. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

/** One text as it was written: what it means is decided by the schema, whatever place it came from. */
export interface ScalarSetting {
  readonly kind: 'scalar';
  readonly text: string;
  readonly origin: Origin;
  /** False where the text came out of a variable, so that an error must not show it. */
  readonly showable: boolean;
  /** True where the text could not be had and a problem was already reported. */
  readonly broken: boolean;
}

export interface MapSetting {
  readonly kind: 'map';
  readonly entries: Map<string, Setting>;
  /** Where each key is written, also one without a value. */
  readonly keys: Map<string, Origin>;
  readonly origin: Origin;
}

export interface ListSetting {
  readonly kind: 'list';
  readonly items: readonly Setting[];
  readonly origin: Origin;
}

/** A configuration before it is understood: texts in maps and lists, each with its origin. */
export type Setting = ScalarSetting | MapSetting | ListSetting;

export type SettingPath = readonly (string | number)[];

export function scalar(text: string, origin: Origin): ScalarSetting {
  return { kind: 'scalar', text, origin, showable: true, broken: false };
}

export function emptyMap(origin: Origin): MapSetting {
  return { kind: 'map', entries: new Map(), keys: new Map(), origin };
}

/** The setting at a path, or undefined. */
export function settingAt(root: Setting, path: SettingPath): Setting | undefined {
  let current: Setting | undefined = root;
  for (const step of path) {
    if (current?.kind === 'map') current = current.entries.get(String(step));
    else if (current?.kind === 'list') current = current.items[Number(step)];
    else return undefined;
  }
  return current;
}

/** The text at a path, or undefined. */
export function textAt(root: Setting, path: SettingPath): string | undefined {
  const setting = settingAt(root, path);
  return setting?.kind === 'scalar' ? setting.text : undefined;
}

/** Where a path is written, or else the nearest place around it. */
export function originAt(root: Setting, path: SettingPath): Origin {
  const [step, ...rest] = path;
  if (step === undefined || root.kind === 'scalar') return root.origin;
  const child = settingAt(root, [step]);
  if (child !== undefined && rest.length > 0) return originAt(child, rest);
  if (root.kind === 'map') return root.keys.get(String(step)) ?? root.origin;
  return child?.origin ?? root.origin;
}

/** Puts a text at a path of map keys, above whatever was there. Does nothing where the way is blocked by a text or list. */
export function overlay(root: MapSetting, path: readonly string[], setting: ScalarSetting): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    root.entries.set(key, setting);
    root.keys.set(key, setting.origin);
    return;
  }
  const child = root.entries.get(key) ?? emptyMap(setting.origin);
  if (child.kind !== 'map') return;
  root.entries.set(key, child);
  if (!root.keys.has(key)) root.keys.set(key, setting.origin);
  overlay(child, rest, setting);
}

/** The plain value for the schema. Its objects have no prototype, so that no key is special. */
export function toPlain(setting: Setting): unknown {
  if (setting.kind === 'scalar') return setting.text;
  if (setting.kind === 'list') return setting.items.map(toPlain);
  const plain = Object.create(null) as Record<string, unknown>;
  for (const key of setting.keys.keys()) {
    const child = setting.entries.get(key);
    plain[key] = child === undefined ? undefined : toPlain(child);
  }
  return plain;
}

/** `accounts[0].token` */
export function formatPath(path: SettingPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}
