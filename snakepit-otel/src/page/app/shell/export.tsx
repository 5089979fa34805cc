import { store } from '../state.js';
import { Dialog } from './dialog.js';

const KINDS: readonly (readonly [string, string, string])[] = [
  ['traces', 'Traces', 'OTLP JSON'],
  ['gpus', 'GPU readings', 'JSON'],
  ['events', 'Events', 'JSON'],
  ['errors', 'Errors', 'JSON'],
];

export function ExportDialog() {
  const address = (kind: string, format: string) =>
    `api/v1/export?kind=${kind}&format=${format}&range=${store.range.value}`;
  return (
    <Dialog title="Export">
      <table class="keys">
        <tbody>
          {KINDS.map(([kind, name, json]) => (
            <tr key={kind}>
              <th scope="row">{name}</th>
              <td>
                <a class="lk" href={address(kind, 'json')} download={`${kind}.json`}>
                  {json}
                </a>
              </td>
              <td>
                <a class="lk" href={address(kind, 'csv')} download={`${kind}.csv`}>
                  CSV<span class="sr"> of {name}</span>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="dim">Everything that the server keeps of the selected range.</p>
    </Dialog>
  );
}
