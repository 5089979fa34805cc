// Method of bench/scenarios/workerpool-task.mjs: computes as much as it is given, nothing by default.
const compute = require('./piscina-worker.cjs');
const workerpool = require('workerpool');

workerpool.worker({ compute });
