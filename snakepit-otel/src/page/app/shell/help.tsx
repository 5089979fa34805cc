import { hasShortcuts } from '../state.js';
import { Dialog } from './dialog.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'this help'],
  ['p', 'pause, resume'],
  ['[ ]', 'shorter, longer range'],
  ['g t e b v d', 'GPUs, traces, errors, breakers, events, delivery'],
  ['1 2 3', 'problem'],
  ['/', 'search events'],
  ['↑ ↓ or j k', 'row'],
  ['← → or h l', 'fold, parent, chart cursor'],
  ['Enter', 'open'],
  ['Esc', 'back'],
  ['n N', 'next, newest error'],
  ['y Y', 'copy ID, copy JSON'],
  ['x', 'export'],
  ['m', 'light, dark'],
];

export function Help() {
  return (
    <Dialog title="Keys">
      <table class="keys">
        <tbody>
          {KEYS.map(([keys, action]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{action}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input
          type="checkbox"
          checked={hasShortcuts.value}
          onChange={(event) => {
            hasShortcuts.value = event.currentTarget.checked;
          }}
        />
        Use these keys
      </label>
      <p class="dim">
        Energy is that of the whole GPU during a span. Times are those of this browser's time zone.
      </p>
    </Dialog>
  );
}
