export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    'header-max-length': [2, 'always', 72],
    'type-enum': [
      2,
      'always',
      ['feat', 'fix', 'docs', 'refactor', 'test', 'bench', 'build', 'ci', 'chore', 'perf', 'style', 'revert'],
    ],
    'scope-case': [2, 'always', 'lower-case'],
    // A subject may start with a name such as NVML or README.
    'subject-case': [2, 'never', ['start-case', 'pascal-case']],
    // Bodies hold long links and the output of programs.
    'body-max-line-length': [0],
    'footer-max-line-length': [0],
  },
};
