const { createRequire } = require('node:module');

const workerpool = createRequire(process.env.LIBRARY ?? __filename)('workerpool');

workerpool.worker({
  double: (number) => number * 2,
  fail(message) {
    throw new TypeError(message);
  },
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  exit: (code) => process.exit(code),
});
