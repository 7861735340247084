// Shapes of the parts of a rehearsal (rehearsal.ts), so that the compiler makes code that takes the server's parts, too.

/**
 * Gives the object another shape in every stage, and other functions in every other one. The server's own has one more:
 * code that has met five shapes takes any, and a call that has met two functions takes any; a call that has met a
 * single function has that one compiled into it.
 */
export function inOwnShape<T extends object>(object: T, stage: number): T {
  Object.assign(object, { [`stage${stage}`]: stage });
  if (stage % 2 === 0) return object;
  for (const part of [object, Object.getPrototypeOf(object)]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      if (typeof value !== "function" || name === "constructor" || part === Object.prototype) continue;
      Object.assign(object, { [name]: (...given: unknown[]) => value.apply(object, given) });
    }
  }
  return object;
}
