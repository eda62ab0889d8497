import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { FAKE } from './fake-provider.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function npm(...args) {
  return execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function hasNpm() {
  try {
    return Boolean(npm('--version'));
  } catch {
    return false;
  }
}

test('the package has what it needs, and works where it is unpacked', { skip: !hasNpm() && 'no npm' }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'provider-host-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [{ filename, files }] = JSON.parse(npm('pack', '--json', '--pack-destination', directory));
  const names = files.map((file) => file.path);
  assert.deepEqual(
    names.filter((name) => !name.startsWith('lib/')),
    ['LICENSE', 'README.md', 'package.json', 'provider-host.d.mts', 'provider-host.mjs'],
  );
  execFileSync('tar', ['xf', path.join(directory, filename)], { cwd: directory });
  const { default: ProviderHost } = await import(path.join(directory, 'package', 'provider-host.mjs'));
  const provider = new ProviderHost({ config: { script: 'a.py', command: FAKE } });
  t.after(() => provider.cleanup());
  assert.equal((await provider.callApi('hi')).output, 'call_api: hi');
});

test('the package has no dependencies', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
});
