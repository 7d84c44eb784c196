/** What a media server answers: JSON of which nothing is sure. */

/** Null where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function objectAt(value: unknown, key: string): object | null {
  const found = valueAt(value, key);
  return typeof found === 'object' && found !== null ? found : null;
}

export function listAt(value: unknown, key: string): readonly unknown[] {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : [];
}

/** A text, or a number as one. */
export function textAt(value: unknown, key: string): string | null {
  const found = valueAt(value, key);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' ? found : null;
}

/** What is at a key; undefined where there is nothing, or where `value` is no object. */
export function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
