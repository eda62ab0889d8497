/** Failed calls in words. */

/** A call that failed, with the error object of the protocol: `kind`, `message` and what else there is. */
export class CallError extends Error {
  constructor(error) {
    super(describe(error));
    this.error = error;
    this.stack = `${this.name}: ${this.message}`; // promptfoo shows it, and places in here tell nobody anything
  }
}

// promptfoo makes a call again whose error was thrown with one of these words, in any place.
const RETRIED =
  /timeout|network|econnrefused|econnreset|eproto|socket hang up|bad record mac|502|503|504|429|rate limit|too many requests/i;

/**
 * Whether promptfoo should make the call again, were this its own Python provider: for what the script's exception says,
 * and not for a line number in a traceback.
 */
export function isForRetry({ error }) {
  return error.kind === 'python_exception' && RETRIED.test(exceptionText(error));
}

function exceptionText(error) {
  return error.type ? `${error.type}: ${error.message}` : error.message;
}

function describe(error) {
  if (error.kind === 'python_exception') return paragraphs(exceptionText(error), withFrames(error.traceback));
  const parts = [withoutTrigger(error.message), withFrames(error.traceback)];
  if (error.stack) parts.push(`Stack:\n${withoutTrigger(error.stack.trimEnd())}`);
  if (error.stderr) parts.push(`Last lines on stderr:\n${error.stderr.trimEnd()}`);
  if (error.last_error) parts.push(`The last error was: ${withoutTrigger(error.last_error)}`);
  return paragraphs(...parts);
}

function paragraphs(...parts) {
  return parts.filter(Boolean).join('\n');
}

// Only the lines of a traceback that name a place are ours; source lines and the message are the script's.
function withFrames(traceback) {
  return traceback?.trimEnd().replace(/^ +File ".*$/gm, withoutTrigger);
}

// promptfoo takes any 429 in an error for a rate limit, and calls again: be it a line, a process id or a duration. An
// invisible word joiner between the digits prevents that.
function withoutTrigger(ours) {
  return ours.replaceAll('429', '4\u206029').replace(/rate limit/gi, (found) => found.replace(' ', '\u00a0'));
}
