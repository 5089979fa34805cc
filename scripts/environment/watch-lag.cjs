const INTERVAL_MS = 50;

/** Measures how late the event loop of this process is at most, without keeping the process alive. */
exports.watchLag = () => {
  let last = performance.now();
  let max = 0;
  const check = () => {
    const now = performance.now();
    max = Math.max(max, now - last - INTERVAL_MS);
    last = now;
  };
  const timer = setInterval(check, INTERVAL_MS).unref();
  return { maxMs: () => Math.round(max), stop: () => clearInterval(timer) };
};
