/** What the script and the pool print, line by line: to promptfoo's logger, or to stderr. */

import { StringDecoder } from 'node:string_decoder';

const KEPT_LINES = 20;
const LONGEST_LINE = 16_384;

export class ScriptOutput {
  #decoder = new StringDecoder('utf8');
  #rest = '';
  #last = [];
  #inTraceback = false;

  /** promptfoo's logger, once a call has brought it; without one, lines go to stderr. */
  logger;

  push(chunk) {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#show(line);
    if (this.#rest.length < LONGEST_LINE) return;
    this.#show(this.#rest);
    this.#rest = '';
  }

  /** The stream has ended. */
  end() {
    if (this.#rest !== '') this.#show(this.#rest);
    this.#rest = '';
  }

  /** The last lines, for an error that says how the process ended. */
  get tail() {
    return this.#last.join('\n');
  }

  #show(line) {
    this.#last.push(line);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    const level = this.#levelOf(line);
    if (this.logger) this.logger[level](line);
    else console.error(line);
  }

  // Lines look like `[host 1] text` and `[pool] text`.
  #levelOf(line) {
    const [, source = '', text] = /^\[(host \d+|pool)\] ?(.*)$/.exec(line) ?? [, '', line];
    const wasInTraceback = this.#inTraceback;
    this.#inTraceback = text.startsWith('Traceback (most recent call last)') || (wasInTraceback && /^\s/.test(text));
    if (this.#inTraceback || wasInTraceback) return 'error';
    if (/^(ERROR|CRITICAL|FATAL)\b/i.test(text) || text.startsWith('provider-host: ')) return 'error';
    if (/^WARN(ING)?\b/i.test(text) || source === 'pool') return 'warn';
    return /^DEBUG\b/i.test(text) ? 'debug' : 'info';
  }
}
