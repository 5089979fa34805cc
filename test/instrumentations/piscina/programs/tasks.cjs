exports.double = (number) => number * 2;
exports.fail = (message) => {
  throw new TypeError(message);
};
exports.hang = () => new Promise(() => setInterval(() => {}, 1000));
exports.exit = (code) => process.exit(code);
