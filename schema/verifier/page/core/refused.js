// The one error that reading and checking raise: the evidence's fault, never the program's.

export class Refused extends Error {}

/** Raise Refused. It returns nothing; `return refuse(...)` only tells a reader that the function ends here. */
export function refuse(message) {
  throw new Refused(message);
}
