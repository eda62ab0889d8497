/** A configuration that somebody aborts while it is read. */
export default () => globalThis.abortWhileReading();
