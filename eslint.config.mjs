import tseslint from 'typescript-eslint'

// Formatting and the quick rules are Biome's; here are only those that need types, and the style's own limits.
const clockOnly = 'only the system clock (libs/clock) may ask for the time, so that tests can simulate it'
export default tseslint.config(
  { ignores: ['**/out/**', '**/dist/**', '**/node_modules/**', '**/generated/**', '.cache/**'] },
  {
    files: ['{libs/*,operator,speaker,crds,charts,e2e}/**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/strict-boolean-expressions': ['error', { allowNullableBoolean: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
    },
  },
  {
    files: ['libs/*/src/**/*.ts', 'operator/src/**/*.ts', 'speaker/src/**/*.ts'],
    ignores: ['libs/clock/src/clock.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'Date'].map((name) => ({ name, message: clockOnly })),
        { name: 'fetch', message: 'talk to the API server through libs/kube' },
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'take randomness as an argument' }],
    },
  },
  {
    files: ['{libs/*,operator,speaker,crds,e2e}/src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }] },
  },
  { files: ['**/fsm.ts'], rules: { complexity: 'off', 'max-lines-per-function': ['error', 60] } },
)
