import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['dist', 'dist-bench', '.dist-*', 'out', 'node_modules']},
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {parserOptions: {projectService: true}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `return void f()` is short and clear
      '@typescript-eslint/no-unused-vars': ['error', {varsIgnorePattern: '^_'}],
    },
  },
);
