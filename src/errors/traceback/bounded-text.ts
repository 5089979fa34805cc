/** Text of any length, of which the beginning and the end are kept. */
export class BoundedText {
  readonly #headLength: number;
  readonly #tailLength: number;
  #head = '';
  #tail = '';
  #isCut = false;

  /**
   * @param headLength characters that are kept at the beginning
   * @param tailLength characters that are kept at the end
   */
  constructor(headLength: number, tailLength: number) {
    this.#headLength = headLength;
    this.#tailLength = tailLength;
  }

  get isEmpty(): boolean {
    return this.#head === '' && this.#tail === '';
  }

  append(text: string): void {
    const room = this.#headLength - this.#head.length;
    this.#head += text.slice(0, room);
    if (text.length <= room) return;
    this.#tail += text.slice(Math.max(room, text.length - 2 * this.#tailLength));
    // Cut only when it has doubled: the cost per character is constant.
    if (this.#tail.length <= 2 * this.#tailLength) return;
    this.#tail = this.#tail.slice(-this.#tailLength);
    this.#isCut = true;
  }

  clear(): void {
    this.#head = '';
    this.#tail = '';
    this.#isCut = false;
  }

  toString(): string {
    if (!this.#isCut && this.#tail.length <= this.#tailLength) return this.#head + this.#tail;
    const tail = this.#tail.slice(-this.#tailLength);
    return this.#head === '' ? tail : `${this.#head} … ${tail}`;
  }
}
