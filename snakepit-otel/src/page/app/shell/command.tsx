import { copyText } from './copy.js';

/** A command with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  return (
    <div class="cmd">
      <code>{text}</code>
      <button
        type="button"
        class="btn mini"
        aria-label={`Copy ${text}`}
        onClick={() => void copyText(text, 'Command copied')}
      >
        Copy
      </button>
    </div>
  );
}
