import type { KeptFiles } from '../../../system/kept-files.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';
import { identifyCards, listCards } from './find-cards.js';
import { Refreshed } from './refreshed.js';
import type { SysfsCard } from './sysfs-card.js';

interface CardListSettings<T> {
  /** Folder of the graphics cards. */
  readonly root: string;
  readonly drivers: readonly string[];
  /** Prepares reading the cards, which are sorted by PCI address. */
  readonly open: (cards: readonly SysfsCard[]) => Promise<readonly T[]>;
  /** Returns a text that differs after a further change. @default none */
  readonly version?: () => Promise<string>;
}

/** The cards with one of some drivers, which are identified again when cards are added or removed, or a driver is reloaded. */
export class CardList<T> {
  readonly #settings: CardListSettings<T>;
  readonly #files: SerialFileReader;
  readonly #kept: KeptFiles;
  readonly #cards: Refreshed<readonly T[]>;
  #names: readonly string[] = [];

  constructor(settings: CardListSettings<T>, files: SerialFileReader, kept: KeptFiles) {
    this.#settings = settings;
    this.#files = files;
    this.#kept = kept;
    this.#cards = new Refreshed(() => this.#read());
  }

  async list(): Promise<readonly T[]> {
    if (this.#kept.takeLost()) this.#cards.expire();
    const { root, version } = this.#settings;
    this.#names = (await listCards(root, this.#files)).sort();
    const { value, isNew } = await this.#cards.get(`${this.#names} ${(await version?.()) ?? ''}`);
    // Closes the files of cards that have gone.
    if (isNew) await this.#kept.sweep();
    return value;
  }

  async #read(): Promise<readonly T[]> {
    const { root, drivers, open } = this.#settings;
    const cards = await open(await identifyCards(root, this.#names, drivers, this.#files));
    // Files that were not read are not missing.
    this.#files.throwIfAborted();
    return cards;
  }
}
