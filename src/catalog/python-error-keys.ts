/** Metadata keys in which an event carries a Python error. */
export interface PythonErrorKeys {
  /** Key of the class. @default the class that the text begins with */
  readonly type?: string;
  /** Key of the text: the message, or an error as Elixir prints it. */
  readonly text: string;
}

/** Keys of the exception events of Snakepit's Python side. */
export const PYTHON_ERROR: PythonErrorKeys = { type: 'error_type', text: 'error_message' };
