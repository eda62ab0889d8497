import assert from 'node:assert/strict';
import test from 'node:test';

import { fakeProvider, setVariable } from './fake-provider.mjs';

async function flags(test, config, options) {
  const { output } = await fakeProvider(test, config, options).callApi('flags');
  return output;
}

test('without options the script runs with the limit of promptfoo', async (t) => {
  assert.deepEqual(await flags(t, {}), ['--timeout=300', '--', '/base/provider.py']);
});

test('options of the pool become flags, times are in milliseconds', async (t) => {
  const config = {
    workers: 2,
    concurrency: '32',
    timeout: 1500,
    memoryLimit: '2G',
    retryCollateral: false,
    noNewPrivs: true,
    coreDumps: false,
    keepEnv: ['HOME', 'LANG'],
    setEnv: { MODE: 'test', N: 1 },
    maxCallsPerHost: null,
    temperature: 0.5,
  };
  assert.deepEqual(await flags(t, config), [
    '--workers=2',
    '--concurrency=32',
    '--timeout=1.5',
    '--no-retry-collateral',
    '--memory-limit=2G',
    '--keep-env=HOME',
    '--keep-env=LANG',
    '--set-env=MODE=test',
    '--set-env=N=1',
    '--no-new-privs',
    '--',
    '/base/provider.py',
  ]);
});

test('how many processes there are, and how they start', async (t) => {
  const first = async (config) => (await flags(t, config)).slice(0, -3);
  const config = { workers: [1, '8'], idleTimeout: 1500, preload: true, spares: 2 };
  assert.deepEqual(await first(config), ['--workers=1:8', '--idle-timeout=1.5', '--preload', '--spares=2']);
  assert.deepEqual(await first({ workers: '0:4', preload: 'auto' }), ['--workers=0:4', '--preload=auto']);
  assert.deepEqual(await first({ preload: 'true' }), ['--preload']);
  assert.deepEqual(await first({ preload: false }), []);
});

test('workers, the limit and the interpreter come from the variables of promptfoo, below the configuration', async (t) => {
  setVariable(t, 'PROMPTFOO_PYTHON_WORKERS', '4');
  setVariable(t, 'REQUEST_TIMEOUT_MS', '2000');
  setVariable(t, 'PROMPTFOO_PYTHON', '/opt/python');
  assert.deepEqual(await flags(t, {}), [
    '--workers=4',
    '--python=/opt/python',
    '--timeout=2',
    '--',
    '/base/provider.py',
  ]);
  const config = { workers: 1, timeout: 1000, pythonExecutable: 'venv' };
  assert.deepEqual((await flags(t, config)).slice(0, 3), ['--workers=1', '--python=venv', '--timeout=1']);
});

test('a call ends a little before promptfoo gives the test up', async (t) => {
  setVariable(t, 'PROMPTFOO_EVAL_TIMEOUT_MS', '2000');
  assert.ok((await flags(t, {})).includes('--deadline=1.9'));
  process.env.PROMPTFOO_EVAL_TIMEOUT_MS = '600000';
  assert.ok((await flags(t, {})).includes('--deadline=599'));
  assert.ok((await flags(t, { deadline: 5000 })).includes('--deadline=5'));
});

test('variables of the provider go before those of the process', async (t) => {
  setVariable(t, 'PROMPTFOO_PYTHON_WORKERS', '4');
  const [workers] = await flags(t, {}, { env: { PROMPTFOO_PYTHON_WORKERS: '3' } });
  assert.equal(workers, '--workers=3');
});

test('a stand-in for an interpreter is not given to the pool', async (t) => {
  setVariable(t, 'PROMPTFOO_PYTHON', '/opt/bin/provider-host-python');
  assert.deepEqual(await flags(t, {}), ['--timeout=300', '--', '/base/provider.py']);
});

test('a script may be a file reference, absolute, and name its function', async (t) => {
  for (const [script, path] of Object.entries({
    'file://a/b.py': '/base/a/b.py',
    '/x/y.py': '/x/y.py',
    'file:///x/y.py': '/x/y.py',
    'a.py:Class.method': '/base/a.py',
  })) {
    assert.equal((await flags(t, { script })).at(-1), path);
  }
  const { output } = await fakeProvider(t, { script: 'a.py:Class.method' }).callApi('message');
  assert.equal(output.function, 'Class.method');
});

for (const [config, message] of [
  [{ script: undefined }, /config\.script is missing: the path of the provider script/],
  [{ script: 5 }, /config\.script must be a text, not 5/],
  [{ workers: 'two' }, /config\.workers must be a number, or the least and the most such as "1:8" or \[1, 8\], not "two"/],
  [{ workers: '1:' }, /config\.workers must be a number, or the least and the most/],
  [{ workers: [1] }, /config\.workers must be a number, or the least and the most/],
  [{ preload: 1 }, /config\.preload must be true, false or "auto", not 1/],
  [{ spares: 'one' }, /config\.spares must be a number, not "one"/],
  [{ timeout: [1] }, /config\.timeout must be a number of milliseconds, not \[1\]/],
  [{ keepEnv: 'HOME' }, /config\.keepEnv must be a list of names, not "HOME"/],
  [{ setEnv: ['A=1'] }, /config\.setEnv must be an object of names and values/],
  [{ noNewPrivs: 1 }, /config\.noNewPrivs must be true or false, not 1/],
  [{ function: 7 }, /config\.function must be a text, not 7/],
  [{ command: {} }, /config\.command must be a text, not \{\}/],
]) {
  test(`${JSON.stringify(config)} is the error of each call`, async (t) => {
    const { error, metadata } = await fakeProvider(t, config).callApi('flags', {});
    assert.match(error, message);
    assert.equal(metadata.providerHost.kind, 'invalid_request');
  });
}
