/** The arguments of a provider script, as promptfoo's own Python provider hands them over. */

// What promptfoo puts into a context for providers in JavaScript alone.
const JAVASCRIPT_ONLY = ['getCache', 'logger', 'filters', 'originalProvider'];

/** The arguments of one call as a JSON array. `call_api` has three, the others have two. */
export function scriptArguments(api, prompt, options, context) {
  const args = [prompt, options];
  if (api === 'call') args.push(withoutJavaScript(context));
  return toJson(args);
}

// promptfoo makes some calls without a context, such as those that generate tests.
function withoutJavaScript(context) {
  const rest = { ...context };
  for (const key of JAVASCRIPT_ONLY) delete rest[key];
  return rest;
}

/** JSON of any value: what contains itself is left out there, a BigInt becomes a number. */
function toJson(value) {
  const ancestors = [];
  return JSON.stringify(value, function replace(_key, inner) {
    if (typeof inner === 'bigint') return Number(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(inner)) return undefined;
    ancestors.push(inner);
    return inner;
  });
}
