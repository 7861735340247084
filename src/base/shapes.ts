// First values that keep V8 from changing the shape of an object later. A field that has held small integers only
// becomes another kind of field when a larger or a broken number comes (an address from 128.0.0.0 on, a time), and an
// empty list counts as one of small integers until an object is put in. Objects that were made earlier then differ in
// shape from later ones, and code that was compiled for these is thrown away when it meets those.

/** 0 as the first value of a field that is to hold large or broken numbers; equal to 0 in every comparison. */
export const DOUBLE_ZERO = -0;

/** An empty list that is to hold objects. */
export function emptyList<T extends object>(): T[] {
  const list: (T | undefined)[] = [undefined];
  list.pop();
  return list as T[];
}
