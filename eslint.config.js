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
  read: ['core'],
  sync: ['core', 'library', 'store'],
  vfs: ['core', 'library', 'read', 'store'],
  fuse: ['core', 'vfs'],
  notify: ['core'],
  server: ['core', 'read', 'store', 'sync', 'vfs'],
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
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
        { selector: 'ExportDefaultDeclaration', message: 'Use named exports.' },
      ],
      eqeqeq: 'error',
    },
  },
  ...importTable,
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
);
