// Timers that only `tick()` advances, so that programs end the same whatever the speed of the machine.
let now = 0;
let lastId = 0;
const timers = new Map();

/** Replaces `setTimeout` and `clearTimeout`. */
exports.install = () => {
  globalThis.setTimeout = (callback, delay = 0) => {
    const timer = { id: ++lastId, at: now + delay, callback, unref: () => timer };
    timers.set(timer.id, timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => timers.delete(timer?.id);
};

/** Runs the timers of the next `ms` milliseconds. */
exports.tick = (ms) => {
  now += ms;
  const due = [...timers.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || a.id - b.id);
  for (const { id, callback } of due) if (timers.delete(id)) callback();
};
