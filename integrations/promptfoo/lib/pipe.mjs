/** One running `provider-host pipe`, and the calls that it has. */

import { spawn } from 'node:child_process';

import { CallError } from './call-error.mjs';
import { FrameReader, toFrame } from './frames.mjs';
import { ScriptOutput } from './script-output.mjs';

const PROTOCOL = 1;
const LAST_OUTPUT_MS = 1000;
const LONGEST_END_MS = 120_000;

// Those that have to end with this process.
const running = new Set();
process.on('exit', () => {
  for (const pipe of running) pipe.kill();
});

/**
 * Every call settles once: with its result, or with an error that says why not, also when the process ends. The process
 * keeps Node.js alive only while it has calls. It has a session of its own, so that Ctrl-C reaches promptfoo alone, which
 * then aborts its calls.
 */
export class Pipe {
  #child;
  #calls = new Map();
  #nextId = 1;
  #reader = new FrameReader();
  #violation;
  #isReady = false;
  #closed;

  /** Whether it takes no more calls: it has ended, or is about to. */
  hasEnded = false;
  output = new ScriptOutput();

  constructor(command, args) {
    this.command = command;
    this.#child = start(command, args);
    this.#closed = new Promise((resolve) => this.#watch(resolve));
    this.#child.unref();
    for (const stream of this.#child.stdio) stream.unref?.();
    running.add(this);
  }

  /**
   * Makes a call. `fields` are those of its message; `args` is a JSON text already. Rejects with CallError, and with an
   * AbortError when `signal` says so.
   */
  call(fields, args, signal) {
    const id = this.#nextId++;
    const frame = callFrame({ type: 'call', id, ...fields }, args);
    return new Promise((resolve, reject) => {
      const abort = () => this.#cancel(id, signal.reason);
      const forget = () => signal?.removeEventListener('abort', abort);
      this.#calls.set(id, {
        resolve: (value) => (forget(), resolve(value)),
        reject: (error) => (forget(), reject(error)),
      });
      signal?.addEventListener('abort', abort, { once: true });
      this.#keepAlive();
      this.#child.stdin.write(frame);
    });
  }

  /** Lets calls in flight fail, ends the process, and waits for its end. */
  async end() {
    this.hasEnded = true;
    for (const id of this.#calls.keys()) this.#send({ type: 'cancel', id });
    this.#failAll({ kind: 'shutting_down', message: 'the provider was shut down during this call' });
    this.#child.stdin.end();
    if (!this.#isReady) this.#child.kill('SIGTERM'); // an import may take long, and would be waited for
    this.#child.ref();
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), LONGEST_END_MS);
    await this.#closed;
    clearTimeout(limit);
  }

  /** Ends it without waiting. An idle one ends by itself when its stdin is closed. */
  kill() {
    if (this.#calls.size > 0) this.#child.kill('SIGTERM');
  }

  #watch(resolve) {
    const child = this.#child;
    const finish = (error) => {
      this.hasEnded = true;
      running.delete(this);
      this.output.end();
      this.#failAll(error());
      resolve();
    };
    child.on('error', (error) => child.pid === undefined && finish(() => this.#notStarted(error)));
    child.on('close', (code, signal) => finish(() => this.#ended(code, signal)));
    // What the script has left behind may hold the streams open. Where this process was busy for all that time, what has
    // come is read first (one turn), and handled (another one).
    const finishAfterOutput = (error) => setImmediate(() => setImmediate(finish, error));
    child.on('exit', (code, signal) => {
      setTimeout(finishAfterOutput, LAST_OUTPUT_MS, () => this.#ended(code, signal)).unref();
    });
    child.stdin.on('error', () => {}); // the process has ended, which is told by then
    child.stdout.on('data', (chunk) => this.#receive(chunk));
    child.stderr.on('data', (chunk) => this.output.push(chunk));
  }

  #receive(chunk) {
    if (this.#violation) return;
    try {
      const messages = this.#reader.push(chunk);
      // What the script has printed is there, too, and is shown first: promptfoo may end with the last result.
      setImmediate(() => messages.forEach((message) => this.#handle(message)));
    } catch (error) {
      this.#breakOff(error);
    }
  }

  #breakOff(violation) {
    this.#violation ??= violation;
    this.hasEnded = true;
    this.#child.kill('SIGKILL');
  }

  #handle(message) {
    if (message.type === 'result') return this.#settle(message.id)?.resolve(message.result);
    if (message.type === 'error' && message.id !== null) {
      return this.#settle(message.id)?.reject(new CallError(message.error));
    }
    if (message.type === 'error') return this.#breakOff(message.error);
    this.#isReady ||= message.type === 'ready';
    if (message.type === 'ready' && message.protocol !== PROTOCOL) {
      const { version, protocol } = message;
      return this.#breakOff({ message: `version ${version} has version ${protocol} of it, this package ${PROTOCOL}` });
    }
    return undefined; // `failed` is told by the calls themselves
  }

  #send(message) {
    this.#child.stdin.write(toFrame(JSON.stringify(message)));
  }

  #settle(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    this.#keepAlive();
    return call;
  }

  #cancel(id, reason) {
    const call = this.#settle(id);
    this.#send({ type: 'cancel', id });
    const error = new Error(`the call was cancelled: ${reason?.message ?? reason}`);
    error.name = 'AbortError';
    call.reject(error);
  }

  #failAll(error) {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#keepAlive();
    for (const call of calls) call.reject(new CallError(error));
  }

  #keepAlive() {
    const keep = this.#calls.size > 0 ? 'ref' : 'unref';
    this.#child[keep]();
    this.#child.stdout[keep]?.();
  }

  #notStarted(error) {
    return { kind: 'pool_unavailable', message: this.command.whyNotStarted(error) };
  }

  #ended(code, signal) {
    const { path } = this.command;
    if (this.#violation) {
      return { kind: 'protocol_error', message: `${path} pipe broke the protocol: ${this.#violation.message}` };
    }
    const how = signal ? `was killed by ${signal}` : `exited with code ${code}`;
    const stderr = this.output.tail;
    const hint = stderr.includes("'pipe' is no command") ? `; it is too old. ${this.command.howToInstall}` : '';
    return { kind: 'pool_unavailable', message: `${path} pipe ${how}${hint}`, stderr };
  }
}

// Throws CallError when there is not even a child process that could tell why it was not started.
function start(command, args) {
  const child = spawn(command.path, ['pipe', ...args], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  if (child.stdin) return child;
  child.on('error', () => {}); // Node.js has made no streams: it has no descriptors left
  const error = new Error('there are too many open files');
  throw new CallError({ kind: 'pool_unavailable', message: command.whyNotStarted(error) });
}

// The arguments are JSON already, and last.
function callFrame(fields, args) {
  try {
    return toFrame(`${JSON.stringify(fields).slice(0, -1)},"args":${args}}`);
  } catch (error) {
    throw new CallError({ kind: 'invalid_request', message: error.message });
  }
}
