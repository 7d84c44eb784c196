import type * as z from 'zod';
import { withoutTokens, type Problem } from './problems.js';
import { originAt, settingAt, toPlain, type MapSetting, type SettingPath } from './setting-tree.js';

/** Keys whose text never appears in an error. */
const secretKeys: ReadonlySet<unknown> = new Set(['token', 'password', 'apiKey', 'proxy', 'url', 'apiUrl']);

/** Says what a person who wrote an unknown key may have meant, as a sentence. */
export type SuggestKey = (parent: SettingPath, key: string) => string;

/** Gives the texts their meaning; everything that is wrong goes to `problems`, and then there is no result. */
export function understand<Schema extends z.ZodType>(
  root: MapSetting,
  schema: Schema,
  suggest: SuggestKey,
  problems: Problem[],
): z.output<Schema> | undefined {
  const result = schema.safeParse(toPlain(root));
  if (!result.success) {
    problems.push(...result.error.issues.flatMap((issue) => problemsOf(issue, root, suggest)));
  }
  return result.data;
}

function problemsOf(issue: z.core.$ZodIssue, root: MapSetting, suggest: SuggestKey): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, withoutTokens(key)],
      origin: originAt(root, [...path, key]),
      text: `Unknown key. ${suggest(path, key)}`,
    }));
  }
  const setting = settingAt(root, path);
  if (setting?.kind === 'scalar' && setting.broken) return [];
  const origin = originAt(root, path);
  if (issue.code === 'invalid_type') {
    return [{ path, origin, text: wrongShape(issue.expected, setting === undefined) }];
  }
  return [{ path, origin, text: `${quote(root, path)}${issue.message}` }];
}

function wrongShape(expected: string, missing: boolean): string {
  if (missing) return 'Missing. It must be given.';
  if (expected === 'array') return 'Write a list here: one entry a line, each after "- ".';
  return expected === 'string' ? 'Write one value here.' : 'Write keys and values here.';
}

/** `"10" is wrong. `, where the text may be shown. */
function quote(root: MapSetting, path: SettingPath): string {
  const setting = settingAt(root, path);
  if (setting?.kind !== 'scalar' || !setting.showable || secretKeys.has(path.at(-1))) return '';
  return `"${withoutTokens(setting.text)}" is not understood. `;
}
