/** The frames of the protocol: four bytes of length, big-endian, and that many bytes of JSON. */

const LENGTH_BYTES = 4;
const MOST_BYTES = 268_435_456;

/** The frame around one message, which is a JSON text. Throws when it is too large. */
export function toFrame(text) {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw new RangeError(`the arguments of the call are too large: ${bytes} bytes of JSON`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

/** Puts frames together from the chunks of a stream, whatever their borders. */
export class FrameReader {
  #chunks = [];
  #bytes = 0;

  /** The messages that this chunk completes, parsed. Throws when it breaks the protocol. */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages = [];
    for (let message = this.#take(); message !== undefined; message = this.#take()) messages.push(message);
    return messages;
  }

  #take() {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    const length = this.#first(LENGTH_BYTES).readUInt32BE(0);
    if (length === 0 || length > MOST_BYTES) throw new Error(`a frame of ${length} bytes`);
    if (this.#bytes < LENGTH_BYTES + length) return undefined;
    const frame = this.#first(LENGTH_BYTES + length);
    this.#chunks[0] = frame.subarray(LENGTH_BYTES + length);
    this.#bytes -= LENGTH_BYTES + length;
    return JSON.parse(frame.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length));
  }

  // The first chunk, with at least `bytes` bytes. A large frame is joined once, when all of it is there.
  #first(bytes) {
    if (this.#chunks[0].length < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }
}
