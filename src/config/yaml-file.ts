import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Parser,
  type CST,
  type Node,
} from 'yaml';
import type { Problem } from './problems.js';
import { emptyMap, scalar, type MapSetting, type Origin, type Setting } from './setting-tree.js';

/** A configuration is a page of text; beyond these it is another file or an attack on the parser's stack. */
const maxBytes = 256 * 1024;
const maxNodes = 10_000;
const maxDepth = 64;

/** What the parser's codes mean to somebody who writes YAML. Its own messages may quote the text, so they are not shown. */
const sentences: Readonly<Record<string, string>> = {
  BAD_INDENT: 'A closing ] or } is missing here or above, or the indentation is wrong.',
  BLOCK_AS_IMPLICIT_KEY: 'A second ": " on one line: put the value in quotes.',
  DUPLICATE_KEY: 'This key is given twice. Remove one.',
  MISSING_CHAR: 'A closing quote, bracket or colon is missing.',
  MULTIPLE_DOCS: 'Only one document is read. Remove the "---" line.',
  TAB_AS_INDENT: 'Indent with spaces, not with tabs.',
  BAD_SCALAR_START: 'A value that starts with this character must be in quotes.',
  TAG_RESOLVE_FAILED: 'Tags (!name) are not understood. Remove the tag.',
};

/**
 * Reads YAML into settings: every scalar stays the text it was written as, so `022` and `on` mean what the schema says.
 * A key without a value counts as not given. What is wrong goes to `problems`; then the result must not be used.
 * @param example a line that such a file may have.
 */
export function readYaml(
  text: string,
  file: string,
  problems: Problem[],
  example = 'mountpoint: /mnt/debrid',
): MapSetting {
  const root = emptyMap({ kind: 'file', file, line: 1 });
  const fail = (line: number, sentence: string): void => {
    problems.push({ path: [], origin: { kind: 'file', file, line }, text: sentence });
  };
  if (Buffer.byteLength(text) > maxBytes || !isShallow(shieldReferences(text))) {
    fail(1, 'The file is too large or too deeply nested to be a configuration of debridfs.');
    return root;
  }
  const lines = new LineCounter();
  const document = parseDocument(shieldReferences(text), {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineAt = (offset: number | undefined): number => Math.max(1, lines.linePos(offset ?? 0).line);
  // One slip makes the parser stumble over what follows it, so only the first is told.
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    fail(lineAt(error.pos[0]), sentences[error.code] ?? 'This is not valid YAML.');
    return root;
  }

  const convert = (node: Node | null, origin: Origin): Setting | undefined => {
    if (isMap<unknown, Node | null>(node)) {
      const map = emptyMap(origin);
      for (const { key, value } of node.items) {
        if (!isScalar(key) || typeof key.value !== 'string') {
          fail(lineAt(node.range?.[0]), 'Only plain words can be keys.');
          continue;
        }
        const name = unshieldReferences(key.value);
        const keyOrigin: Origin = { kind: 'file', file, line: lineAt(key.range?.[0]) };
        map.keys.set(name, keyOrigin);
        const child = convert(value, keyOrigin);
        if (child !== undefined) map.entries.set(name, child);
      }
      return map;
    }
    if (isSeq<Node>(node)) {
      const items = node.items.flatMap((item) => {
        const line = lineAt(item.range?.[0]);
        return convert(item, { kind: 'file', file, line }) ?? [];
      });
      return { kind: 'list', items, origin };
    }
    if (isAlias(node))
      fail(lineAt(node.range?.[0]), 'Aliases (*name) are not understood. Write the value again.');
    if (!isScalar(node) || typeof node.value !== 'string') return undefined;
    if (node.type === 'PLAIN' && ['', '~', 'null'].includes(node.value)) return undefined;
    return scalar(unshieldReferences(node.value), origin);
  };

  const whole = convert(document.contents, root.origin);
  if (whole === undefined) return root;
  if (whole.kind === 'map') return whole;
  fail(lineAt(document.contents?.range[0]), `The file must hold keys and values, such as "${example}".`);
  return root;
}

/**
 * YAML ends a plain text in `{ … }` and `[ … ]` at a brace, so `token: ${NAME}` there needs help: the braces of
 * references become characters for private use while the parser looks, one for one, so that lines stay true.
 */
function shieldReferences(text: string): string {
  return text.replace(/\$\{([^{}\n]*)\}/g, '$\u{e000}$1\u{e001}');
}

function unshieldReferences(text: string): string {
  return text.replace(/\$\u{e000}([^\u{e001}]*)\u{e001}/gu, '${$1}');
}

/** Measures the syntax tree without recursion, because what comes after recurses. */
function isShallow(text: string): boolean {
  let nodes = 0;
  for (const token of new Parser().parse(text)) {
    const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 1 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      nodes += 1;
      if (next.depth > maxDepth || nodes > maxNodes) return false;
      const depth = next.depth + 1;
      if ('value' in next.token) open.push({ token: next.token.value, depth });
      for (const item of 'items' in next.token ? next.token.items : []) {
        if (item.key) open.push({ token: item.key, depth });
        if (item.value) open.push({ token: item.value, depth });
      }
    }
  }
  return true;
}
