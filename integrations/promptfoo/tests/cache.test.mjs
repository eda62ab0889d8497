import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { fakeProvider, setVariable } from './fake-provider.mjs';

class Disk extends Map {}

/** A cache as promptfoo hands it over; its store is a Map when caching is off. */
function cache(store) {
  return { store, stores: [{ store: store instanceof Disk ? {} : new Map() }], get: (key) => store.get(key), set: (...kv) => store.set(...kv) };
}

function setUp(t, store = new Disk()) {
  const script = path.join(mkdtempSync(path.join(tmpdir(), 'provider-host-')), 'provider.py');
  writeFileSync(script, 'first');
  const provider = fakeProvider(t, { script });
  const call = (prompt, vars = {}) => provider.callApi(prompt, { vars, getCache: () => cache(store) });
  return { provider, script, store, call };
}

test('a result is kept, and given again without a call', async (t) => {
  const { call } = setUp(t);
  assert.deepEqual(await call('count'), { output: 1, cached: false, tokenUsage: { total: 7, numRequests: 1 } });
  assert.deepEqual(await call('count'), {
    output: 1,
    cached: true,
    tokenUsage: { cached: 7, total: 7, numRequests: 1 },
  });
});

test('another variable or another script is another call', async (t) => {
  const { call, script } = setUp(t);
  await call('count');
  assert.equal((await call('count', { a: 1 })).output, 2);
  writeFileSync(script, 'second');
  assert.equal((await call('count')).output, 3);
});

test('another evaluation is the same call', async (t) => {
  const { call } = setUp(t);
  await call('count', { a: 1, __evalId: 'eval-1', __evalStepId: 'test-0', __repeatIndex: 0 });
  assert.equal((await call('count', { a: 1, __evalId: 'eval-2', __evalStepId: 'test-1' })).cached, true);
});

test('errors are not kept', async (t) => {
  const { call, store } = setUp(t);
  await call('error');
  await call('raise', { error: { kind: 'python_exception', message: 'x' } });
  assert.equal(store.size, 0);
});

test('without caching nothing is kept, though there is a cache in memory', async (t) => {
  const { call, store } = setUp(t, new Map());
  await call('count');
  assert.equal(store.size, 0);
});

test('a cache in memory is used when that was chosen', async (t) => {
  setVariable(t, 'PROMPTFOO_CACHE_TYPE', 'memory');
  const { call, store } = setUp(t, new Map());
  await call('count');
  assert.equal(store.size, 1);
});

test('a script that cannot be read is told by the call', async (t) => {
  const provider = fakeProvider(t, { script: '/no/script.py' });
  const { output } = await provider.callApi('hi', { vars: {}, getCache: () => cache(new Disk()) });
  assert.equal(output, 'call_api: hi');
});
