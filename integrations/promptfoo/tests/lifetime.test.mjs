import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import test from 'node:test';

import { FAKE } from './fake-provider.mjs';

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
