/** Constructor that returns its argument, so that a subclass adds its private members to that object. */
const Itself = itself as unknown as new (object: object) => object;

function itself(object: object): object {
  return object;
}

/** A member of any number of objects of a library. */
export interface PrivateMember<T> {
  /** Returns the value; `undefined` if the object has none. */
  get(object: object): T | undefined;
  set(object: object, value: T | undefined): void;
}

/**
 * Creates a member that nobody else can see. For objects of which a library creates one per call: the garbage collector of V8 takes
 * several microseconds for an entry of a `WeakMap`.
 */
export function privateMember<T>(): PrivateMember<T> {
  return class Holder extends Itself {
    #value: T | undefined;

    private constructor(object: object, value: T | undefined) {
      super(object);
      this.#value = value;
    }

    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined;
    }

    static set(object: object, value: T | undefined): void {
      if (#value in object) object.#value = value;
      else new Holder(object, value);
    }
  };
}
