require('./telemetry-main.cjs').main(async (name) => require(name));
