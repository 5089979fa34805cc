/** Returns a function that calls all of the callbacks, including those added to the array later. */
export const runAll = (callbacks: readonly (() => void)[]) => (): void => {
  for (const callback of callbacks) callback();
};
