const { createRequire } = require('node:module');

require('./scenario.cjs').run(async () => createRequire(process.env.LIBRARY ?? __filename)('piscina'));
