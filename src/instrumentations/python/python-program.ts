const PYTHON = /^(?:python|pythonw|pypy)[\d.]*t?d?(?:\.exe)?$/i;

/** Returns true for the name of a Python interpreter, such as `python3` or `pypy3.11`. */
export const isPython = (program: string): boolean => PYTHON.test(program);
