const PYTHON = /^(?:python|pythonw|pypy)[\d.]*t?d?(?:\.exe)?$/i;

const WINDOWS_EXTENSION = /\.(?:exe|cmd|bat)$/i;

/** Returns the name of a program without the extension that it has on Windows. */
export const withoutExtension = (program: string): string => program.replace(WINDOWS_EXTENSION, '');

/** Returns true for the name of a Python interpreter, such as `python3` or `pypy3.11`. */
export const isPython = (program: string): boolean => PYTHON.test(program);
