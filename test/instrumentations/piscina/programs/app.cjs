require('./scenario.cjs').run(async () => require('piscina'));
