/** Charts that a frame redraws at most, so that many charts do not make one long frame. */
const PER_FRAME = 2;

const waiting = new Set<() => void>();
let isRunning = false;
let hasDrawn = false;

/** Redraws in one of the next frames. A chart that waits already is not added again. */
export function scheduleDraw(draw: () => void): void {
  waiting.add(draw);
  if (isRunning) return;
  isRunning = true;
  requestAnimationFrame(drawFrame);
}

export function cancelDraw(draw: () => void): void {
  waiting.delete(draw);
}

function drawFrame(): void {
  let drawn = 0;
  for (const draw of waiting) {
    if (drawn === PER_FRAME) break;
    waiting.delete(draw);
    draw();
    drawn += 1;
  }
  if (!hasDrawn) performance.mark('first-chart');
  hasDrawn = true;
  isRunning = waiting.size > 0;
  if (isRunning) requestAnimationFrame(drawFrame);
}
