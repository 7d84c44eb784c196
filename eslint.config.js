import { readdirSync } from 'node:fs';
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * What each folder under `src/` may import besides itself: the table of docs/ARCHITECTURE.md.
 * Files directly in `src/` (app.ts, main.ts) and `config/`, `cli/` may import everything.
 */
const mayImport = {
  core: [],
  library: ['core'],
  providers: ['core'],
  store: ['core'],
  read: ['core', 'archives'],
  sync: ['core', 'archives', 'library', 'store'],
  vfs: ['core', 'library', 'read', 'store'],
  fuse: ['core', 'vfs'],
  notify: ['core'],
  server: ['core', 'library', 'read', 'store', 'sync', 'vfs'],
  archives: ['core'],
  adding: ['core'],
  emulator: ['core'],
};

/** Folders inside of one of `src/` are one with it. */
function foldersIn(folder) {
  const url = new URL(`src/${folder}/`, import.meta.url);
  try {
    return readdirSync(url, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}

const importTable = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(?!\\.\\./)(?!(${[folder, ...foldersIn(folder), ...allowed].join('|')})/)[^.]+/`,
            message: `src/${folder} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing'} (docs/ARCHITECTURE.md).`,
          },
        ],
      },
    ],
  },
}));

const forbiddenEverywhere = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Use named exports.' },
];

/**
 * A call that waits for a path of the own mount waits for this very process, for ever. What works on a descriptor is no
 * such call; those files that are left out look at /dev, /proc and /sys alone.
 */
const noSyncCallOnAPath = {
  files: ['src/fuse/**', 'src/vfs/**', 'src/read/**', 'src/sync/**', 'src/tree-mount.ts'],
  ignores: [
    'src/fuse/keeper/listed-now.ts',
    'src/fuse/keeper/worker.ts',
    'src/fuse/kernel/abort.ts',
    'src/fuse/kernel/announcements.ts',
    'src/fuse/kernel/device.ts',
    'src/fuse/kernel/transport.ts',
    'src/vfs/client.ts',
  ],
  rules: {
    'no-restricted-syntax': [
      'error',
      ...forbiddenEverywhere,
      {
        selector:
          'ImportDeclaration[source.value="node:fs"] ImportSpecifier[imported.name=/Sync$/][imported.name!=/^(read|write|writev|close)Sync$/]',
        message: 'Where it meets the own mount it waits for ever: use node:fs/promises.',
      },
      {
        selector:
          'ImportDeclaration[source.value="node:fs"] :matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)',
        message: 'Name what is imported.',
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.nodes/', 'demo-mount/'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', ...forbiddenEverywhere],
      eqeqeq: 'error',
    },
  },
  ...importTable,
  noSyncCallOnAPath,
  {
    files: ['**/*.js', '**/*.mjs', 'vitest.config.ts'],
    languageOptions: {
      parserOptions: { projectService: false },
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
      },
    },
    rules: { ...tseslint.configs.disableTypeChecked.rules, 'no-restricted-syntax': 'off' },
  },
  {
    // What a browser runs.
    files: ['src/server/page/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['window', 'document', 'fetch', 'EventSource', 'CSS', 'getComputedStyle', 'setInterval'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
);
