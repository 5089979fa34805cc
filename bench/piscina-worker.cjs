// Task of bench/scenarios/piscina-task.mjs: computes as much as it is given, nothing by default.
module.exports = (amount = 0) => {
  let sum = 0;
  for (let i = 0; i < amount; i++) sum = (sum * 31 + i) | 0;
  return sum;
};
