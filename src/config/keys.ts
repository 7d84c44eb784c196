import * as z from 'zod';
import { nearest } from './nearest.js';
import { schema } from './schema.js';
import { formatPath, type SettingPath } from './setting-tree.js';

/** A key of the configuration outside of lists. */
export interface KnownKey {
  readonly path: readonly string[];
  /** False for a list, which only the file can give. */
  readonly single: boolean;
  /** The variable that overrides it: `DEBRIDFS_CACHE_MAXSIZE`. */
  readonly variable: string;
}

/** What the names of all variables start with. */
export const variablePrefix = 'DEBRIDFS_';

/** Every key outside of lists, in the order of the schema. */
export const knownKeys: readonly KnownKey[] = collect(schema, []);

/** The keys that may stand in the map at a path. */
export function keysAt(path: SettingPath): readonly string[] {
  let current: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    const inner: z.core.$ZodType | undefined = current === undefined ? undefined : bare(current);
    if (inner instanceof z.ZodArray) current = inner.element;
    else if (inner instanceof z.ZodObject) current = (inner.shape as Shape)[String(step)];
    else return [];
  }
  const found = current === undefined ? undefined : bare(current);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** What a person who wrote an unknown key may have meant, as a sentence. */
export function suggestKey(parent: SettingPath, key: string): string {
  const siblings = keysAt(parent);
  const sibling = nearest(key, siblings);
  if (sibling !== undefined) return `Did you mean ${formatPath([...parent, sibling])}?`;
  const elsewhere = knownKeys.find(({ path }) => path.at(-1)?.toLowerCase() === key.toLowerCase());
  if (elsewhere !== undefined) return `Did you mean ${formatPath(elsewhere.path)}?`;
  return siblings.length === 0 ? 'Remove it.' : `Known here: ${siblings.join(', ')}.`;
}

/** What a person who set an unknown variable (with the variablePrefix) may have meant; undefined where nothing is near. */
export function suggestVariable(name: string): string | undefined {
  const near = nearest(
    name.slice(variablePrefix.length),
    knownKeys.map(({ variable }) => variable.slice(variablePrefix.length)),
  );
  return near === undefined ? undefined : `Did you mean ${variablePrefix}${near}?`;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

function collect(object: z.ZodObject, parent: readonly string[]): KnownKey[] {
  return Object.entries(object.shape as Shape).flatMap(([name, type]) => {
    const path = [...parent, name];
    const inner = bare(type);
    if (inner instanceof z.ZodObject) return collect(inner, path);
    const variable = `${variablePrefix}${path.join('_').toUpperCase()}`;
    return [{ path, single: !(inner instanceof z.ZodArray), variable }];
  });
}

/** A type without its default or null around it. */
function bare(type: z.core.$ZodType): z.core.$ZodType {
  let inner = type;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodNullable) {
    inner = inner.unwrap();
  }
  return inner;
}
