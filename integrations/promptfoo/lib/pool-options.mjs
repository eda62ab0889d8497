/** The options of the pool that a provider's configuration may have, and the flags of `provider-host pipe` for them. */

const number = { is: 'a number', read: readNumber };
const milliseconds = {
  is: 'a number of milliseconds',
  read: (value) => {
    const read = readNumber(value);
    return read === undefined ? undefined : String(Number(read) / 1000);
  },
};
const text = { is: 'a text', read: (value) => (typeof value === 'string' && value !== '' ? value : undefined) };
const size = { is: 'a number of bytes or a text such as "2G"', read: (value) => readNumber(value) ?? text.read(value) };
const flag = { is: 'true or false', read: readFlag };
const names = {
  is: 'a list of names',
  read: (value) => (Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined),
};
const range = { is: 'a number, or the least and the most such as "1:8" or [1, 8]', read: readRange };
const offAutoOn = { is: 'true, false or "auto"', read: (value) => readFlag(value) ?? text.read(value) };
const variables = { is: 'an object of names and values', read: readVariables };

/** The key in the configuration, and its type. The flag is the same in lower case with dashes. */
const OPTIONS = {
  workers: range,
  idleTimeout: milliseconds,
  preload: offAutoOn,
  spares: number,
  concurrency: number,
  python: text,
  eventLoop: text,
  timeout: milliseconds,
  deadline: milliseconds,
  startTimeout: milliseconds,
  interruptGrace: milliseconds,
  stopGrace: milliseconds,
  retries: number,
  retryBackoff: milliseconds,
  maxCrashesPerCall: number,
  retryCollateral: flag,
  quarantineAfter: number,
  memoryLimit: size,
  maxRss: size,
  maxCallsPerHost: number,
  env: text,
  keepEnv: names,
  setEnv: variables,
  cwd: text,
  umask: text,
  noNewPrivs: flag,
  coreDumps: flag,
  nan: text,
  surrogates: text,
  bytes: text,
  logLevel: text,
};

// The only flag that is on unless it is negated.
const ON_BY_DEFAULT = new Set(['retryCollateral']);

/** The flags for a configuration; keys that are none of the pool's are left alone. Throws for a value of a wrong type. */
export function poolFlags(config) {
  const flags = [];
  for (const [key, type] of Object.entries(OPTIONS)) {
    const value = config[key];
    if (value === undefined || value === null) continue;
    const read = type.read(value);
    if (read === undefined) throw new TypeError(`config.${key} must be ${type.is}, not ${JSON.stringify(value)}`);
    flags.push(...flagsFor(key, read));
  }
  return flags;
}

function flagsFor(key, value) {
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (Array.isArray(value)) return value.map((each) => `--${name}=${each}`);
  if (value === true) return [`--${name}`];
  if (value === false) return ON_BY_DEFAULT.has(key) ? [`--no-${name}`] : [];
  return [`--${name}=${value}`];
}

// Templates such as `{{env.WORKERS}}` give texts.
function readNumber(value) {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  return isNumber && Number.isFinite(Number(value)) ? String(value).trim() : undefined;
}

function readRange(value) {
  if (typeof value === 'string' && value.includes(':')) return readRange(value.split(':'));
  if (!Array.isArray(value)) return readNumber(value);
  const ends = value.map(readNumber);
  return ends.length === 2 && !ends.includes(undefined) ? ends.join(':') : undefined;
}

function readFlag(value) {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

function readVariables(value) {
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isScalar = ([, each]) => ['string', 'number', 'boolean'].includes(typeof each);
  return entries.every(isScalar) ? entries.map(([name, each]) => `${name}=${each}`) : undefined;
}
