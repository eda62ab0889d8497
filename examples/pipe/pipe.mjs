// Calls a Python script from JavaScript, by `provider-host pipe` (docs/protocol.md, "The pipe"). Node.js 18 or newer,
// no packages. Run it in the top directory of Provider Host:
//
//   node examples/pipe/pipe.mjs examples/plain.py

import { spawn } from 'node:child_process';

/** A pool of Python processes; `options` are those of `provider-host pipe`, such as ['--workers', '4']. */
class PythonPool {
  #child;
  #calls = new Map(); // of each call without a response: how its promise is settled
  #lastId = 0;
  #received = Buffer.alloc(0);

  constructor(script, options = []) {
    const program = process.env.PROVIDER_HOST ?? 'provider-host';
    this.#child = spawn(program, ['pipe', script, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (bytes) => this.#receive(bytes));
    this.#child.stdin.on('error', () => {}); // 'close' follows
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#failAll(error.message, resolve));
      this.#child.on('close', (code) => this.#failAll(`provider-host has ended with ${code}`, () => resolve(code)));
    });
  }

  /** Starts a call; `more` may hold `function`, `api`, `timeout`, `deadline`, `affinity`. */
  call(args, more = {}) {
    const id = ++this.#lastId;
    const result = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#send({ type: 'call', id, args, ...more });
    return { id, result };
  }

  cancel(id) {
    this.#send({ type: 'cancel', id });
  }

  /** Lets all calls finish; resolves to the exit code. */
  end() {
    this.#child.stdin.end();
    return this.ended;
  }

  #send(message) {
    const payload = Buffer.from(JSON.stringify(message));
    const header = Buffer.alloc(4);
    header.writeUInt32BE(payload.length);
    this.#child.stdin.write(Buffer.concat([header, payload]));
  }

  #receive(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE();
      if (this.#received.length < end) break;
      this.#handle(JSON.parse(this.#received.toString('utf8', 4, end)));
      this.#received = this.#received.subarray(end);
    }
  }

  #handle(message) {
    if (message.type === 'ready') console.log(`Python ${message.python} is ready`);
    if (message.type === 'failed') console.log(`The script cannot be imported: ${message.error.message}`);
    const call = this.#calls.get(message.id);
    if (!call) return;
    this.#calls.delete(message.id);
    if (message.type === 'result') call.resolve(message.result);
    else call.reject(Object.assign(new Error(message.error.message), message.error));
  }

  #failAll(why, done) {
    for (const call of this.#calls.values()) call.reject(new Error(why));
    this.#calls.clear();
    done();
  }
}

const pool = new PythonPool(process.argv[2] ?? 'examples/plain.py', ['--workers', '2']);
const calls = ['Good morning', 'Добрый вечер', 'How many words are there?', 'Never mind'].map((prompt) => {
  const call = pool.call([prompt, {}, {}]);
  call.result.then(
    (result) => console.log(`${call.id} ${JSON.stringify(prompt)}: ${result.output}`),
    (error) => console.log(`${call.id} ${JSON.stringify(prompt)}: ${error.kind}: ${error.message}`),
  );
  return call;
});
pool.cancel(calls[3].id);
process.exitCode = await pool.end();
