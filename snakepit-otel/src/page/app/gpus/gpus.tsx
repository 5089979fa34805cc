import { route, store } from '../state.js';
import { GpuCard } from './gpu-card.js';
import { GpuTile } from './gpu-tile.js';

/** More GPUs than this are shown as tiles. */
const MOST_CARDS = 4;

export function Gpus() {
  const gpus = store.gpus.value;
  const isTiled = gpus.length > MOST_CARDS;
  const { section, id } = route.value;
  const open = section === 'gpu' ? gpus.find(({ device }) => device === id) : undefined;
  return (
    <div id="gpus" class="area-gpus" tabIndex={-1}>
      {isTiled && (
        <div class="gpus tiles">
          {gpus.map((gpu) => (
            <GpuTile key={gpu.device} gpu={gpu} />
          ))}
        </div>
      )}
      {isTiled && (
        <p class="legend dim">
          <i class="ln c-util" /> busy <i class="ln c-mem" /> memory
        </p>
      )}
      {isTiled && open !== undefined && <GpuCard key={open.device} gpu={open} />}
      {!isTiled && (
        <div class="gpus">
          {gpus.map((gpu) => (
            <GpuCard key={gpu.device} gpu={gpu} />
          ))}
        </div>
      )}
    </div>
  );
}
