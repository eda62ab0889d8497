import assert from 'node:assert/strict';
import test from 'node:test';

import { fakeProvider, setVariable } from './fake-provider.mjs';

const raise = (provider, error) => provider.callApi('raise', { vars: { error } });

test('an exception is an answer with its type, message and traceback', async (t) => {
  const traceback = 'Traceback (most recent call last):\n  File "a.py", line 2, in call_api\n    x\nValueError: bad\n';
  const { error, metadata } = await raise(fakeProvider(t), {
    kind: 'python_exception',
    type: 'ValueError',
    message: 'bad',
    traceback,
  });
  assert.equal(error, `ValueError: bad\n${traceback.trimEnd()}`);
  assert.deepEqual(metadata, { providerHost: { kind: 'python_exception' } });
});

test('a crash and a limit in time come with the stack, and are not thrown', async (t) => {
  const provider = fakeProvider(t);
  const timeout = { kind: 'timeout', message: 'its timeout of 1 s passed', stack: '  File "a.py", line 5 in f\n' };
  assert.equal((await raise(provider, timeout)).error, 'its timeout of 1 s passed\nStack:\n  File "a.py", line 5 in f');
  const crash = { kind: 'host_crashed', message: 'killed by SIGSEGV', stderr: 'oh\n' };
  assert.equal((await raise(provider, crash)).error, 'killed by SIGSEGV\nLast lines on stderr:\noh');
});

test('an exception that promptfoo would try again is thrown', async (t) => {
  const provider = fakeProvider(t);
  const error = { kind: 'python_exception', type: 'APITimeoutError', message: 'slow', traceback: 'Traceback …' };
  await assert.rejects(raise(provider, error), { message: 'APITimeoutError: slow\nTraceback …' });
  await assert.rejects(raise(provider, { ...error, type: 'Error', message: '503 from upstream' }), /503 from upstream/);
});

test('a line number is no reason to try again', async (t) => {
  const provider = fakeProvider(t);
  const traceback = 'Traceback (most recent call last):\n  File "a.py", line 429, in f\n    g("429")\nKeyError: 4\n';
  const { error } = await raise(provider, { kind: 'python_exception', type: 'KeyError', message: '4', traceback });
  assert.match(error, /line 4\u206029, in f\n {4}g\("429"\)/);
  const crash = { kind: 'host_crashed', message: 'host 1 (pid 4291) ended', stack: 'File "a.py", line 1429 in f' };
  assert.ok(!(await raise(provider, crash)).error.includes('429'));
});

test('a command that is not there is named, and what to do', async (t) => {
  const provider = fakeProvider(t, { command: './no/provider-host' });
  const { error } = await provider.callApi('x');
  assert.match(error, /^There is no \/base\/no\/provider-host \(from config\.command\)\. Install it with/);
  assert.match((await provider.callApi('x')).error, /^There is no/);
});

test('the command is looked for in PROVIDER_HOST_BIN and on PATH', async (t) => {
  setVariable(t, 'PROVIDER_HOST_BIN', '/no/where');
  const provider = fakeProvider(t, { command: undefined });
  assert.match((await provider.callApi('x')).error, /^There is no \/no\/where \(from PROVIDER_HOST_BIN\)/);
  delete process.env.PROVIDER_HOST_BIN;
  const onPath = fakeProvider(t, { command: 'no-such-provider-host' });
  assert.match((await onPath.callApi('x')).error, /^There is no 'no-such-provider-host' on PATH/);
});

test('a file that cannot be executed is told apart from none', async (t) => {
  const provider = fakeProvider(t, { command: import.meta.filename });
  assert.match((await provider.callApi('x')).error, /errors\.test\.mjs.* cannot be executed/);
});

test('a pipe that refuses its options says which', async (t) => {
  setVariable(t, 'FAKE_EXIT', '2');
  const { error } = await fakeProvider(t, { workers: 0 }).callApi('x');
  assert.match(error, /exited with code 2\nLast lines on stderr:\nprovider-host: --workers must be a whole number/);
});

test('a provider-host that has no pipe is too old', async (t) => {
  setVariable(t, 'FAKE_EXIT', 'old');
  const { error } = await fakeProvider(t).callApi('x');
  assert.match(error, /exited with code 2; it is too old\. Install it with/);
});

test('a pipe that speaks another version of the protocol is refused', async (t) => {
  setVariable(t, 'FAKE_START', 'other protocol');
  const { error } = await fakeProvider(t).callApi('wait');
  assert.match(error, /pipe broke the protocol: version 9\.0\.0 has version 2 of it, this package 1/);
});

test('a pipe that breaks the protocol fails its calls, and the next call starts another', async (t) => {
  const provider = fakeProvider(t);
  const [waiting, garbage] = await Promise.all([provider.callApi('wait'), provider.callApi('garbage')]);
  assert.match(waiting.error, /broke the protocol: .*JSON/);
  assert.equal(garbage.metadata.providerHost.kind, 'protocol_error');
  assert.equal((await provider.callApi('hi')).output, 'call_api: hi');
});

test('a pipe that dies fails its calls, and the next call starts another', async (t) => {
  const provider = fakeProvider(t);
  const before = (await provider.callApi('pid')).output;
  const [waiting, died] = await Promise.all([provider.callApi('wait'), provider.callApi('die')]);
  assert.match(waiting.error, /was killed by SIGABRT\nLast lines on stderr:\nterminate called/);
  assert.match(died.error, /was killed by SIGABRT/);
  assert.notEqual((await provider.callApi('pid')).output, before);
});
