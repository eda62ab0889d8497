import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'node:test';

import { FAKE, fakeProvider } from './fake-provider.mjs';

/** Runs a program with `provider` in another Node.js, which may open few files; its exit code and what it printed. */
async function run(program) {
  const text = `
    import ProviderHost from ${JSON.stringify(new URL('../provider-host.mjs', import.meta.url).href)};
    const provider = new ProviderHost({ config: { script: 'a.py', command: ${JSON.stringify(FAKE)} } });
    ${program}`;
  const command = ['ulimit -n 200; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', text];
  const child = spawn('sh', ['-c', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

async function end(pid) {
  for (;;) {
    try {
      process.kill(Number(pid), 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('an idle process keeps Node.js alive no longer, and ends with it', async () => {
  const { code, output } = await run("console.log((await provider.callApi('pid')).output)");
  assert.equal(code, 0);
  await end(output);
});

test('a call in flight keeps Node.js alive', async () => {
  const program = `
    setTimeout(() => provider.callApi('release'), 200).unref();
    const { output } = await provider.callApi('wait');
    console.log(output);`;
  assert.deepEqual(await run(program), { code: 0, output: '1\n' });
});

test('a call in flight does not outlive Node.js', async () => {
  const { output } = await run(`
    console.log((await provider.callApi('pid')).output);
    provider.callApi('wait');
    setImmediate(() => process.exit(0));`);
  await end(output);
});

test('what came while this process was busy counts, although the other has ended long since', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'late-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const real = globalThis.setTimeout;
  const lastOutput = new Promise((resolve) => {
    t.mock.method(globalThis, 'setTimeout', (callback, ms, ...args) => {
      if (ms !== 1000) return real(callback, ms, ...args);
      resolve(() => callback(...args)); // it has ended
      return real(() => {}, 0);
    });
  });
  const call = fakeProvider(t).callApi('leave', { vars: { directory } });
  const timePasses = await lastOutput;
  writeFileSync(path.join(directory, 'go'), '');
  while (!existsSync(path.join(directory, 'written'))); // nothing is read meanwhile
  real(timePasses, 1); // timers come before reading
  for (const now = performance.now(); performance.now() < now + 5; );
  assert.equal((await call).output, 'late');
});

test('without a free descriptor a call tells it, and a later one is made', async () => {
  const { code, output } = await run(`
    import { closeSync, openSync } from 'node:fs';
    const files = [];
    try {
      for (;;) files.push(openSync('/dev/null'));
    } catch {}
    console.log((await provider.callApi('args')).error);
    files.forEach(closeSync);
    console.log((await provider.callApi('count')).output);`);
  assert.equal(code, 0);
  assert.match(output, /^\S*fake-pipe\.mjs .*cannot be started: there are too many open files\. .*\n1\n$/);
});
