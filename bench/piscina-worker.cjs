// Task of bench/scenarios/piscina-task.mjs: computes as much as it is given. A user who records spans by hand sends a carrier beside it.
module.exports = ({ amount }) => compute(amount);

function compute(amount) {
  let sum = 0;
  // Without overflows to floating-point numbers, for which V8 may compile the function in another way in each thread.
  for (let i = 0; i < amount; i++) sum = (Math.imul(sum, 31) + i) | 0;
  return sum;
}
