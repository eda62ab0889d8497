/** The module over the real `provider-host pipe`: PROVIDER_HOST_BIN. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import ProviderHost from '../provider-host.mjs';

const basePath = fileURLToPath(new URL('scripts', import.meta.url));
const command = process.env.PROVIDER_HOST_BIN;
const hasPipe = command && spawnSync(command, ['pipe', '--help'], { encoding: 'utf8' }).stdout?.includes('provider-host pipe');
const skip = !hasPipe && 'PROVIDER_HOST_BIN names no provider-host that has `pipe`';

function realProvider(test, config = {}) {
  const provider = new ProviderHost({ config: { basePath, script: 'provider.py', ...config } });
  test.after(() => provider.cleanup());
  return provider;
}

test('results of all three APIs, with Unicode and state that persists', { skip }, async (t) => {
  const provider = realProvider(t, { scale: 0.5 });
  const first = await provider.callApi('grüezi', { vars: { name: '世界 😀' } });
  assert.equal(first.output, 'grüezi 世界 😀');
  const second = await provider.callApi('a', { vars: {} });
  assert.deepEqual([second.calls, second.pid], [2, first.pid]);
  assert.deepEqual((await provider.callEmbeddingApi('four')).embedding, [4, 0.5]);
  assert.deepEqual((await provider.callClassificationApi('four')).classification, { short: 1 });
});

test('a method of a class', { skip }, async (t) => {
  assert.equal((await realProvider(t, { function: 'Echo.answer' }).callApi('x', {})).output, 'echo x');
});

test('async calls run at the same time', { skip }, async (t) => {
  const provider = realProvider(t, { concurrency: 4 });
  const calls = [1, 2, 3, 4].map(() => provider.callApi('wait for others', { vars: {} }));
  for (const { output } of await Promise.all(calls)) assert.equal(output, 'wait for others');
});

test('failures are answers, and calls after them work', { skip }, async (t) => {
  const provider = realProvider(t);
  const fails = async (prompt, kind, pattern) => {
    const { error, metadata } = await provider.callApi(prompt, { vars: {} });
    assert.equal(metadata.providerHost.kind, kind);
    assert.match(error, pattern);
  };
  await fails('raise', 'python_exception', /^ValueError: bad prompt\nTraceback .*provider\.py", line \d+, in call_api/s);
  await fails('no output', 'invalid_response', /output/);
  await fails('crash', 'host_crashed', /SIGABRT.*provider\.py/s);
  await assert.rejects(provider.callApi('busy', { vars: {} }), /^Error: RuntimeError: 429 too many requests/);
  assert.equal((await provider.callApi('hi', { vars: {} })).output, 'hi');
});

test('a call that hangs is told with its place, and calls after it work', { skip }, async (t) => {
  for (const seconds of [1, 5, 20]) { // within which the script has to have got there
    const provider = realProvider(t, { timeout: 1000 * seconds, interruptGrace: 100 });
    const { error, metadata } = await provider.callApi('hang', { vars: {} });
    assert.equal(metadata.providerHost.kind, 'timeout');
    assert.match(error, new RegExp(`timeout of ${seconds} s passed`));
    if (seconds < 20 && !error.includes('provider.py')) continue;
    assert.match(error, /timeout of .*provider\.py/s);
    const after = await provider.callApi('hi', { vars: {} });
    if (seconds < 20 && after.metadata?.providerHost.kind === 'timeout') continue;
    assert.equal(after.output, 'hi');
    return;
  }
});

test('a script that cannot be imported says why at each call', { skip }, async (t) => {
  for (const [script, pattern] of Object.entries({
    'broken.py': /No module named 'no_such_module_of_mine'/,
    'missing.py': /missing\.py/,
  })) {
    const provider = realProvider(t, { script });
    for (let i = 0; i < 2; ++i) {
      const { error, metadata } = await provider.callApi('x', { vars: {} });
      assert.equal(metadata.providerHost.kind, 'import_failed');
      assert.match(error, pattern);
    }
  }
});

test('a wrong option is told by each call', { skip }, async (t) => {
  const { error } = await realProvider(t, { workers: 0 }).callApi('x', { vars: {} });
  assert.match(error, /--workers must be a whole number from 1/);
});

test('a signal cancels a call that hangs', { skip }, async (t) => {
  const provider = realProvider(t, { interruptGrace: 100 });
  await provider.callApi('warm', { vars: {} });
  const controller = new AbortController();
  const call = provider.callApi('hang', { vars: {} }, { abortSignal: controller.signal });
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
  assert.equal((await provider.callApi('hi', { vars: {} })).output, 'hi');
});

test('what the script prints is logged', { skip }, async (t) => {
  const lines = [];
  const log = (line) => lines.push(line);
  const provider = realProvider(t);
  await provider.callApi('print', { vars: {}, logger: { debug: log, info: log, warn: log, error: log } });
  await provider.cleanup();
  assert.ok(lines.includes('[host 1] hello from the script'), lines.join('\n'));
});
