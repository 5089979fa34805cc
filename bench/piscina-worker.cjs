// Task of bench/scenarios/piscina-task.mjs: does nothing.
module.exports = () => {};
