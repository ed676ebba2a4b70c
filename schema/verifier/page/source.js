// A chosen file as the core reads one: slice by slice, never whole, and no longer than anybody waits for it.

const LONGEST_MS = 40; // so long may pass before the page is drawn and listens again

/** Whoever reads has chosen other files meanwhile. */
export class Abandoned extends Error {}

/** The file is gone, or another than when it was chosen. */
export class Unreadable extends Error {}

/** Lets the browser draw; not by a timer, which a hidden tab gets once a second. */
function pause() {
  return new Promise((resume) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resume();
    };
    port2.postMessage(null);
  });
}

export async function bytesOf(file, start = 0, end = file.size) {
  let data;
  try {
    data = await file.slice(start, end).arrayBuffer();
  } catch (error) {
    throw new Unreadable(String(error));
  }
  if (data.byteLength !== end - start) throw new Unreadable(`${data.byteLength} bytes where ${end - start} are`);
  return new Uint8Array(data);
}

/** `{size, read(start, end)}` over *file*, for as long as *wanted* says yes. */
export function sourceOf(file, wanted) {
  let since = performance.now();
  return {
    size: file.size,
    async read(start, end) {
      if (performance.now() - since > LONGEST_MS) {
        await pause();
        since = performance.now();
      }
      if (!wanted()) throw new Abandoned();
      return bytesOf(file, start, end);
    },
  };
}
