import assert from 'node:assert/strict';
import test from 'node:test';

import { fakeProvider, setVariable } from './fake-provider.mjs';

test('a signal cancels its call, and no other', async (t) => {
  const provider = fakeProvider(t);
  const controller = new AbortController();
  const aborted = provider.callApi('wait', {}, { abortSignal: controller.signal });
  const other = provider.callApi('wait');
  await provider.callApi('hi');
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.deepEqual((await provider.callApi('cancelled')).output, [1]);
  await provider.callApi('release');
  assert.equal((await other).output, 2);
});

test('a call whose signal has fired is not made', async (t) => {
  const provider = fakeProvider(t);
  await assert.rejects(provider.callApi('count', {}, { abortSignal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal((await provider.callApi('count')).output, 1);
});

test('a call whose signal fires while its configuration is read is not made', async (t) => {
  const controller = new AbortController();
  globalThis.abortWhileReading = () => controller.abort();
  const provider = fakeProvider(t, { value: 'file://scripts/aborts.mjs', basePath: import.meta.dirname });
  await assert.rejects(provider.callApi('count', {}, { abortSignal: controller.signal }), { name: 'AbortError' });
  assert.equal((await provider.callApi('count')).output, 1);
});

test('a signal that fires after the answer changes nothing', async (t) => {
  const provider = fakeProvider(t);
  const controller = new AbortController();
  await provider.callApi('hi', {}, { abortSignal: controller.signal });
  controller.abort();
  assert.deepEqual((await provider.callApi('cancelled')).output, []);
});

test('cleanup ends the process and fails what is in flight; a later call starts anew', async (t) => {
  const provider = fakeProvider(t);
  const pid = (await provider.callApi('pid')).output;
  const waiting = provider.callApi('wait');
  await new Promise(setImmediate);
  await provider.cleanup();
  assert.match((await waiting).error, /shut down during this call/);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.notEqual((await provider.callApi('pid')).output, pid);
});

test('cleanup does not wait for an import', async (t) => {
  setVariable(t, 'FAKE_START', 'hang');
  const provider = fakeProvider(t);
  const { output: pid } = await provider.callApi('pid');
  await provider.cleanup();
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('cleanup of a provider without calls does nothing', async (t) => {
  await fakeProvider(t).cleanup();
  await fakeProvider(t).shutdown();
});
