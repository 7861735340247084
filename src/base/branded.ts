// Numbers that the compiler tells apart by what they count. At run time they are numbers and nothing else.

declare const brand: unique symbol;

/** A number of one kind: a plain number may become one and it may become a plain number, but it never becomes one of another kind. */
export type Branded<Kind extends string> = number & { readonly [brand]?: Kind };
