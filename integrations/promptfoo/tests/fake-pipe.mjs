#!/usr/bin/env node
/**
 * A stand-in for `provider-host pipe`: its "functions" are the prompts. Written against the protocol alone, so that the
 * module is tested without C++ and Python, and with answers that the real one gives rarely.
 */

import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
if (command !== 'pipe' || process.env.FAKE_EXIT === 'old') {
  console.error(`provider-host: '${command}' is no command`);
  process.exit(2);
}
if (process.env.FAKE_EXIT) {
  console.error('provider-host: --workers must be a whole number from 1 to 10000, not 0');
  process.exit(Number(process.env.FAKE_EXIT));
}

function send(message) {
  const payload = Buffer.from(JSON.stringify(message));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  process.stdout.write(length);
  process.stdout.write(payload);
}

const fail = (id, error) => send({ type: 'error', id, error });
const waiting = new Map();
let calls = 0;

const prompts = {
  args: (id, message) => send({ type: 'result', id, result: { output: message.args } }),
  message: (id, message) => send({ type: 'result', id, result: { output: message } }),
  flags: (id) => send({ type: 'result', id, result: { output: args } }),
  pid: (id) => send({ type: 'result', id, result: { output: process.pid } }),
  count: (id) => send({ type: 'result', id, result: { output: calls, tokenUsage: { total: 7 } } }),
  error: (id) => send({ type: 'result', id, result: { error: 'no', calls } }),
  large: (id) => send({ type: 'result', id, result: { output: 'ü'.repeat(5_000_000) } }),
  wait: (id) => waiting.set(id, true),
  release: (id) => {
    // The last comes first.
    for (const each of [...waiting.keys(), id].reverse()) send({ type: 'result', id: each, result: { output: each } });
    waiting.clear();
  },
  cancelled: (id) => send({ type: 'result', id, result: { output: [...cancelled] } }),
  raise: (id, { args: [, , context] }) => fail(id, context.vars.error),
  print: (id) => {
    process.stderr.write('[host 1] hello\n[host 1] WARNING: odd\n[pool] host 1 was replaced\n[host 1] ERROR bad\n');
    process.stderr.write('[host 1] Traceback (most recent call last):\n[host 1]   File "x"\n[host 1] E: x\n[host 1] after\n');
    send({ type: 'result', id, result: { output: 'printed' } });
  },
  die: () => {
    process.stderr.write('terminate called\n', () => process.kill(process.pid, 'SIGABRT'));
  },
  // Ends at once. A process that it leaves behind writes the result when the file `go` is there.
  leave: (id, { args: [, , context] }) => {
    const text = JSON.stringify({ type: 'result', id, result: { output: 'late' } });
    const program = `while ! [ -e "$0/go" ]; do sleep 0.01; done; printf '\\000\\000\\000\\${text.length.toString(8)}%s' "$1"; : > "$0/written"`;
    spawn('sh', ['-c', program, context.vars.directory, text], { stdio: 'inherit' }).on('spawn', () => process.exit(0));
  },
  garbage: () => process.stdout.write(Buffer.from([0, 0, 0, 1, 0x7b])),
  'other protocol': () => send({ type: 'ready', protocol: 2, version: '9.0.0' }),
};
const cancelled = new Set();

function handle(message) {
  if (message.type === 'cancel') {
    cancelled.add(message.id);
    if (waiting.delete(message.id)) fail(message.id, { kind: 'cancelled', message: 'the caller cancelled' });
    return;
  }
  calls += 1;
  const prompt = message.args[0];
  (prompts[prompt] ?? ((id) => send({ type: 'result', id, result: { output: `${message.function}: ${prompt}` } })))(
    message.id,
    message,
  );
}

let input = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  while (input.length >= 4 && input.length >= 4 + input.readUInt32BE(0)) {
    const end = 4 + input.readUInt32BE(0);
    handle(JSON.parse(input.subarray(4, end)));
    input = input.subarray(end);
  }
});
process.stdin.on('end', () => {
  if (start !== 'hang') process.exit(0);
  setInterval(() => {}, 1_000_000);
});
const start = process.env.FAKE_START;
if (prompts[start]) prompts[start](0);
else if (start !== 'hang') send({ type: 'ready', protocol: 1, version: '0.1.0', python: '3.11.2', executable: '/usr/bin/python3', import_ms: 1 });
