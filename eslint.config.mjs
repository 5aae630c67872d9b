import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// Who may import whom inside lib/. Everything not listed for a folder is forbidden to it.
const MAP = {
  constructs: ['cli-config.ts', 'contract.ts', 'duration.ts'],
  zec: ['contract.ts', 'duration.ts'],
  handler: ['zec', 'contract.ts', 'duration.ts'],
  plugin: [],
  provider: ['plugin', 'handler', 'zec', 'contract.ts', 'duration.ts'],
  terraform: ['zec', 'contract.ts'],
  review: ['terraform', 'handler', 'zec', 'contract.ts'],
  cli: [
    'review',
    'terraform',
    'handler',
    'zec',
    'simulator',
    'plugin/certificate.ts',
    'plugin/generated/certificate-template.ts',
    'cli-config.ts',
    'contract.ts',
    'duration.ts',
  ],
  simulator: ['zec'],
};

const zones = Object.entries(MAP).map(([folder, allowed]) => ({
  target: `./lib/${folder}`,
  from: './lib',
  except: [folder, ...allowed].map((path) => `./${path}`),
  message: `lib/${folder} may import only ${[folder, ...allowed].join(', ')} (the map in eslint.config.mjs).`,
}));
zones.push({
  target: './lib/review/!(index).ts',
  from: './lib/review/formats',
  message: 'A review and a drift know nothing of the formats in which they are written.',
});

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'build/',
      'coverage/',
      'reports/',
      '.stryker-tmp/',
      '**/cdktf.out/',
      'node_modules/',
      'lib/plugin/generated/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_+$', argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/order': ['error', { alphabetize: { order: 'asc' }, 'newlines-between': 'never' }],
    },
  },
  {
    files: ['lib/index.ts', 'lib/constructs/**/*.ts'],
    rules: {
      // jsii has no Record.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      // jsii reads these: no type-only imports are lost and interfaces stay nominal.
      '@typescript-eslint/consistent-type-imports': 'off',
      'import-x/no-restricted-paths': [
        'error',
        { zones: zones.filter((z) => z.target === './lib/constructs') },
      ],
    },
  },
  {
    files: ['scripts/launchers/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { process: 'readonly', console: 'readonly', MIN_NODE: 'readonly', PROGRAM: 'readonly' },
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
);
