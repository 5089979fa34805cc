// Random programs with pools. Their notes have everything that a host can observe, with the microtask in which it happens.
const timers = require('./fake-timers.cjs');
const { randomFrom } = require('../../pools/recording.cjs');

const TICKS = 12;

/** Returns the notes of each program. Timers are fake. */
exports.randomPrograms = async (createPool, count, { isDelayed = false } = {}) => {
  const programs = [];
  for (let seed = 1; seed <= count; seed++) programs.push(await randomProgram(createPool, seed, isDelayed));
  return programs;
};

async function randomProgram(createPool, seed, isDelayed) {
  const random = randomFrom(seed * 7919);
  const one = (...choices) => choices[random(choices.length)];
  const notes = [];
  let created = 0;
  const later = async (value) => {
    for (let i = random(4); i > 0; i--) await undefined;
    return value;
  };
  const pool = createPool(
    {
      async create() {
        if (random(6) === 0) throw new Error('create');
        return later({ id: ++created });
      },
      destroy: () => later(),
      validate: () => later(random(4) > 0),
    },
    {
      max: one(1, 2, 4),
      min: one(0, 0, 1),
      maxWaitingClients: one(0, 1, 3, 100),
      acquireTimeoutMillis: one(undefined, 5, 20),
      testOnBorrow: one(false, true),
      fifo: one(false, true),
      priorityRange: 2,
      autostart: one(false, true),
    },
  );
  pool.on('factoryCreateError', ({ message }) => notes.push(`factory: ${message}`));
  const borrowed = [];
  const acquire = () => (isDelayed ? (async () => pool.acquire())() : pool.acquire(one(0, 1)));
  for (let step = 0; step < 40; step++) {
    const label = String(step);
    switch (random(6)) {
      case 0:
      case 1:
      case 2:
        acquire().then(
          (object) => {
            borrowed.push(object);
            notes.push(`${label} got ${object.id}`);
          },
          (error) => notes.push(`${label} ${error.name}: ${error.message}`),
        );
        break;
      case 3:
      case 4: {
        const object = borrowed.shift();
        if (object === undefined) break;
        const end = one('release', 'destroy');
        pool[end](object).then(() => notes.push(`${label} ${end} ${object.id}`));
        break;
      }
      default:
        timers.tick(random(10));
    }
    let tick = 0;
    const next = () => {
      notes.push(`tick ${tick}`);
      if (tick++ < TICKS) queueMicrotask(next);
    };
    queueMicrotask(next);
    if (random(2) === 0) await new Promise((resolve) => setImmediate(resolve));
    notes.push([pool.size, pool.available, pool.borrowed, pool.pending].join());
  }
  return notes;
}
