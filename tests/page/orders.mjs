// Reads orders (JSON, one a line, on standard input) as the page does; says of each whether it is one, a line of JSON.

import { createInterface } from "node:readline";
import { readOrder } from "../../schema/verifier/page/core/formats.js";
import { Refused } from "../../schema/verifier/page/core/refused.js";

for await (const line of createInterface({ input: process.stdin })) {
  try {
    readOrder(new TextEncoder().encode(line));
    console.log("true");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.log("false");
  }
}
