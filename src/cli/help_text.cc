#include "cli/help_text.h"

namespace provider_host::cli {

const char* const kMainFooter = R"(
A provider script is a Python file with call_api(prompt, options, context), or with call_embedding_api(prompt, options),
call_classification_api(prompt, options) or any other function, sync or async. A function with one of these names is
called as that API; a script that has only one of the three needs neither --api nor a function.

Start here:
  provider-host doctor                                    is everything there to run scripts?
  provider-host check provider.py                         what is in the script, and would it work?
  provider-host call provider.py "Say hello in Basque"    one call
  provider-host batch provider.py prompts.jsonl -o results.jsonl --workers 2
  provider-host merge part-*.jsonl -o results.jsonl       the outputs of shards of a batch, joined and checked
  provider-host serve provider.py                         an HTTP address for it, with OpenAI's API
  provider-host pipe provider.py                          calls from another program, in any language
  provider-host COMMAND --help                            all options of a command, with examples

Exit codes: 0 done, 1 some call failed or the provider returned `error`, 2 wrong usage or unreadable input, 3 the script
could not be imported, 4 internal error (a full disk, no descriptors), 130 interrupted.
Environment: PROVIDER_HOST_WORKERS, PROVIDER_HOST_PYTHON, PROVIDER_HOST_LOG (below the options of the same names),
VIRTUAL_ENV (the active virtual environment, used when no Python is named), NO_COLOR.)";

const char* const kCallFooter = R"(
The result is printed on stdout as JSON, indented on a terminal, one line otherwise. A failure goes to stderr. SIZE is in bytes,
or a number with K, M or G (KiB, MiB, GiB), such as 512M or 1.5G.

Of a generator the result is what all its items are together. With --stream each item is written as soon as it is there: its text,
if it has one (a string, {"output": "…"}, or a chunk as OpenAI sends it), else one line of JSON. A newline follows the last text,
and a failure goes to stderr behind that. What the generator returns is not written, unless it is an `error`. Ctrl-C, and a reader
of stdout that goes away (`| head -1`), close the generator.

Examples:
  provider-host call provider.py "Say hello"
  provider-host call provider.py "Say hello" --config temperature=0.2 --config 'model="small"' --var name=Ada
  provider-host call provider.py:call_in_french "Say hello" --options @options.json --timeout 20
  provider-host call embedder.py:call_embedding_api "Say hello" | jq '.embedding | length'
  provider-host call provider.py "Say hello" --retries 2 --memory-limit 2G
  provider-host call provider.py "Say hello" --preload       can its hosts be forked? The log says why not
  provider-host call chat.py "Tell me a story" --stream --item-timeout 30
  provider-host call provider.py "Say hello" --env clean --keep-env OPENAI_API_KEY --set-env MODE=test --cwd /tmp
  provider-host call tools.py:add '[1, 2]' --api none        PROMPT is a JSON array of arguments, or @FILE, or -
  provider-host call provider.py @prompt.txt                 a prompt from a file; its last line end is left out
  git diff | provider-host call review.py -                  the same from stdin
  provider-host call provider.py -- "-5 degrees"             a prompt that starts with a dash
  provider-host call provider.py "@@ada says hello"          a prompt that starts with one @)";

const char* const kBatchFooter = R"(
INPUT has one JSON object a line:
  {"prompt": "…", "id": 7, "vars": {"name": "Ada"}, "options": {…}, "context": {…}, "function": "…", "timeout": 20, "affinity": "…"}
Only `prompt` is needed; with --api none it is `args`, an array of arguments. A prompt that is a list of messages is passed as its
JSON text. A `function` with the name of an API is called as that API, unless --api says otherwise. `options` and `context` are
merged over those of the command line, key by key, and `vars` go into `context.vars`. Blank lines are passed over. A bad line
costs itself only.

Other inputs are recognised by their name and their first bytes: an array of such objects (or of strings, which are prompts),
pretty-printed JSON, CSV and TSV (the header names `prompt`, `id`, `function`, `timeout`; other columns are variables), and .txt, where
every line is a prompt, empty ones too; each also compressed with gzip or zstd. --input-format says it when they are not.

What a line does not have is added as promptfoo has it: `context` says which test it is (evaluationId, one for each run;
testCaseId, from `id`, else INDEX-0; testIdx, the index; repeatIndex and promptIdx, 0), `options` of which provider (id, label).

Lines with the same `affinity`, or the same value of the field that --affinity names ("session", "vars.session"), are a
conversation: they run in one host, one after the other, in the order of the input, so that the script may keep its state in
a variable. If that host ends before, the rest runs in another one, without the state; a warning says so.

Each output line is one of
  {"index":0,"id":7,"ok":true,"result":{…},"latency_ms":1.5,"host":1,"pid":4242}
  {"index":0,"id":7,"ok":false,"error":{"kind":"timeout","message":"…"},"latency_ms":1.5,"host":1,"pid":4242}
in the order of the input unless --unordered; `index` counts the calls of the input from 0.

Ctrl-C starts no more calls, waits for the running ones, and exits with 130; a second one ends at once. --resume goes on where
an interrupted or killed run with -o FILE stopped: calls that FILE holds, failed ones too, are not made again, and the exit
code speaks for all of FILE. Each line of FILE also has `input_crc32`, the CRC-32 of its input line, so that a changed INPUT is
refused: a line with an id must have the same id, any other the same text. --resume=force goes on all the same and keeps
what is there. --retry-failed keeps what succeeded and makes the rest again, provider errors included; at the end FILE has one
line for each call, in the order of INPUT. Without these an existing FILE is overwritten, once the script is imported, but never a
file that the run reads. An empty INPUT is not an error: nothing is written, exit code 0. When the reader of stdout goes away
(`| head -1`) the run ends with 0.

--shard I/N makes only the calls whose `index` leaves I when divided by N. I is from 0 to N-1, as Kubernetes counts the pods of an
indexed Job (JOB_COMPLETION_INDEX). Each shard reads all of INPUT, `index` stays that of INPUT, and `merge` joins the files. A file
of another shard is not resumed. Lines with one affinity key may be in several shards.

A call that crashes its host fails and costs nothing else: the host is replaced, calls beside it run again. --retries gives such
calls another chance; --quarantine-after refuses the same arguments from then on, also to those that wait already;
--max-rss and --max-calls-per-host replace hosts that leak. SIZE is in bytes, or a number with K, M or G (KiB, MiB, GiB), such
as 512M or 1.5G.

--workers 4 keeps four hosts. --workers 1:8 has as many as the calls need just then, and stops those that had none for --idle-timeout
seconds. With --preload one process, the template, imports the script, and hosts are forked from it: they share its memory, and a
new one is there in milliseconds. Where a fork would not be safe (the script has started threads, say, or uses a GPU) each host
imports the script as without, and the log says why. A script may define on_host_start(), which is called in every host, to open
what hosts cannot share. --spares N keeps N more hosts ready to take the place of those that crash or are replaced.

--stats speaks of the calls that reached the pool, not of bad lines; "ok" are those that returned something, be it `error`.
Percentiles are within 3 %. GIL and event loop: how long a host took to respond just then. The table comes after Ctrl-C too.
Tokens and cost are what the results of this run say of themselves (`tokenUsage`, `cost`, `cached`, `guardrails`), added up.

--ray runs the calls on a Ray cluster, in actors on its nodes, each with --workers hosts and --concurrency calls in each of these.
Input and output stay on this machine, and all else is as without. The Python of --python connects to the cluster; it needs
the package with Ray in it: pip install "provider-host[ray]". So do the nodes, whose hosts use the Python that Ray has there. Calls
whose node is lost are run again elsewhere, once. Should the connection to the cluster break, the calls that were under way fail as
pool_unavailable, and no more are made: the exit code is 1. --resume makes the rest, and --retry-failed the failed ones, too.
--stats has the sums over all actors.

Examples:
  provider-host batch provider.py prompts.jsonl -o results.jsonl --workers 4
  provider-host batch provider.py prompts.csv -o results.jsonl
  provider-host batch provider.py prompts.jsonl -o results.jsonl --resume
  provider-host batch provider.py prompts.jsonl -o results.jsonl --retry-failed
  provider-host batch provider.py prompts.jsonl -o part-0.jsonl --shard 0/4 --resume     the first of four machines
  provider-host batch async_provider.py prompts.txt --concurrency 16 --unordered > results.jsonl
  provider-host batch leaky.py prompts.jsonl -o results.jsonl --max-rss 2G --max-calls-per-host 1000 --stats
  provider-host batch slow_import.py prompts.jsonl -o results.jsonl --workers 8 --preload
  provider-host batch crashy.py prompts.jsonl -o results.jsonl --retries 1 --quarantine-after 2 --stats-json stats.json
  provider-host batch crashy.py prompts.jsonl -o results.jsonl --workers 4 --preload --spares 2
  provider-host batch chat.py turns.jsonl -o results.jsonl --workers 4 --affinity vars.session
  provider-host batch provider.py prompts.jsonl -o results.jsonl --ray auto --workers 8
  provider-host batch model.py prompts.jsonl -o results.jsonl --ray head:6379 --ray-actors 4 --ray-gpus 1
  jq -c '{prompt: .question, id}' questions.jsonl | provider-host batch provider.py - | jq .result.output)";

const char* const kMergeFooter = R"(
RESULTS are outputs of `batch` over one INPUT: of its shards (--shard), or of any other runs. Their lines are written as they are, in
the order of their index, each index once: of several lines with the same index the last one counts, in the order of the files.
A last line that is torn, as after a kill, is left out. Both are reported.

Every index from 0 to the last must be there. What is missing is listed, with the shards that lack it when the files tell. Then
run these shards again with --resume, and merge again. Calls that are missing at the end show only with --input or --expect.
--input also compares each line of INPUT with its result, as --resume does: by the `id`, else by `input_crc32`.

FILE is FILE.part until it is whole. It is also written when calls are missing. No file that is read is overwritten.

Exit codes: 0 every call is there and ok, 1 some are missing, failed, or have a provider's `error`, 2 wrong usage, or a file that
cannot be read or has other lines, or is not the INPUT of the results, 4 FILE cannot be written (a full disk).

Examples:
  provider-host merge part-0.jsonl part-1.jsonl part-2.jsonl -o results.jsonl
  provider-host merge part-*.jsonl -o results.jsonl --input prompts.jsonl
  provider-host merge part-*.jsonl --expect 20000 | jq .result.output
  provider-host merge results.jsonl again.jsonl -o all.jsonl     what again.jsonl holds replaces what results.jsonl holds)";

const char* const kPipeFooter = R"(
For programs in any language that want to call Python: start this as a child process, write messages to its stdin, read messages
from its stdout, many calls at a time. Each message is a frame: 4 bytes, the length of what follows (big-endian), then that many
bytes, one JSON object in UTF-8. What the script prints goes to stderr.

What a program may send:
  {"type":"call","id":7,"function":"…","api":"call","args":["Say hello",{},{}],"timeout":20,"deadline":60,"affinity":"…"}
  {"type":"cancel","id":7}
  {"type":"inspect","id":8}
Of a call only `id` and `args`, the arguments of the function, are needed. `function` is, when left out, that of SCRIPT:FUNCTION,
else the one of `api`: call (call_api, when both are left out), embedding, classification, or none for any function with any
arguments. `timeout` and `deadline` are seconds. Calls with the same `affinity` run in one host, one after the other. Ids are
numbers of the program's own from 1; no two calls that have no response yet may have the same.

What it gets:
  {"type":"ready","protocol":1,"version":"…","python":"3.11.2","executable":"…","import_ms":12.5}
  {"type":"failed","error":{"kind":"import_failed","message":"…","traceback":"…"}}
  {"type":"result","id":7,"result":{"output":"…"},"latency_ms":1.5}
  {"type":"error","id":7,"error":{"kind":"timeout","message":"…"}}
Each call gets exactly one `result` or `error`, as soon as there is one, so in any order. `ready` comes once, when the script is
imported. Calls may be sent before. When it cannot be imported `failed` comes instead, and calls fail with
`import_failed` until a later start succeeds. A wrong message costs itself only; its error has its id, or null if that cannot
be read.

The end of stdin lets all calls finish and exits with 0, or with 3 if the script was never imported. Bytes that are no frames:
an error with the id null, and exit code 2 when the calls before them have finished. When the reader of stdout is gone, all calls
are cancelled, exit code 0. SIGTERM and SIGINT let running calls finish, cancel those that wait, and exit with 130.
SIGHUP reloads, without losing a call: new hosts import the script, then take over (unless it was ignored at the start: nohup).

--workers MIN:MAX has as many hosts as the calls need just then, and with MIN 0 none while there are none. --preload forks them from
one process that has imported the script, and --spares N keeps N ready to take the place of those that crash
(docs/howto/preload.md).

docs/protocol.md specifies all that, with an example in bytes; examples/pipe/ has clients in JavaScript and Go.

Examples:
  provider-host pipe provider.py --workers 4
  provider-host pipe provider.py --workers 0:4 --preload
  provider-host pipe async_provider.py --concurrency 32 --timeout 60
  provider-host pipe provider.py:Assistant.answer --python .venv --log-level warning)";

const char* const kServeFooter = R"(
Paths (the OpenAPI document at /openapi.json says it all; the page at / shows what goes on and tries prompts):
  POST /v1/chat/completions   OpenAI's chat completions, streamed or not: call_api
  POST /v1/embeddings         OpenAI's embeddings: call_embedding_api
  GET  /v1/models             one model
  POST /v1/call               any function: {"prompt": "…", "options": {…}, "context": {…}, "function": "…", "timeout": 20}
                              or {"function": "…", "args": […]}; with "stream": true a line of JSON for each item
  GET  /health/live           200 while the server runs
  GET  /health/ready          200 when calls can run, else 503; ?level=gil and ?level=loop ask for more
  GET  /metrics               for Prometheus; /stats and /events have the same as JSON

A failed call has the HTTP code of its kind (invalid_request 400, function_not_found 404, python_exception and
invalid_response 422, queue_full 429, host_crashed 502, pool_unavailable 503, timeout 504), and says by `x-should-retry` whether
the same request may succeed later. When a client goes away its call is cancelled, so closing a generator.

SIGTERM and Ctrl-C drain: /health/ready says no, after --drain-delay no connection is accepted, calls get --drain-timeout,
then the hosts end. A second one ends at once. SIGHUP reloads: new hosts import the script, then take over one after the other;
calls of the former ones end there. It also opens the access log anew. --watch reloads when files of the script change. Exit
code 0 after SIGTERM, 130 after Ctrl-C, 2 when the address cannot be used, 3 when the script cannot be imported.

--workers MIN:MAX has as many hosts as the requests need just then. --preload forks them from one process that has imported the script,
and --spares N keeps N ready to take the place of those that crash (docs/howto/preload.md).

Examples:
  provider-host serve provider.py
  provider-host serve chat.py --workers 4 --chat-prompt last-user --model-name my-model
  provider-host serve model.py --workers 1:8 --preload --spares 1
  provider-host serve provider.py --listen 0.0.0.0:8000 --api-key @key.txt --drain-delay 5
  curl -N http://127.0.0.1:8000/v1/call -d '{"prompt": "Say hello", "stream": true}'
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none python my_openai_program.py)";

const char* const kCheckFooter = R"(
Imports the script once and reports the Python used, the time the import takes, the functions with their kind, and what
would fail. The verdict is about the function that `call` would call with the same SCRIPT and --api: the one that is named,
else call_api, else the one that the script has of call_embedding_api and call_classification_api (of both, one that fits is
enough). What is wrong with others, such as empty stubs, is only noted.

Exit code 0 when that function is there and fits ("The script can be used."), 1 when it does not or when --call fails ("The
script cannot be used like this."), 3 when the script cannot be imported.

Examples:
  provider-host check provider.py
  provider-host check provider.py --call "Say hello" --var name=Ada
  provider-host check provider.py --api embedding
  provider-host check provider.py:answer --json)";

const char* const kDoctorFooter = R"(
Each host executable embeds one minor version of Python; an interpreter or virtual environment needs the host of its
version. Listed are the hosts, the Pythons on PATH, in pyenv's and uv's directories and in VIRTUAL_ENV, and the one that would be
used; its host is tried: it imports what differs between builds of Python, as that Python does. Exit code 0 when that works,
1 otherwise.

--build makes a missing host from the sources that came with this program, with CMake, a C++20 compiler and simdjson; CMake and
pybind11 are taken from PyPI where they are missing. It takes about half a minute; the host goes into
~/.local/share/provider_host, builds and their logs into ~/.cache/provider_host.

--promptfoo looks for promptfoo and Node.js, from the current directory on, and runs provider-host-python as a provider and as an
assertion of promptfoo. Exit code 0 when that works, 1 otherwise.

Examples:
  provider-host doctor
  provider-host doctor --python .venv
  provider-host doctor --build 3.13
  provider-host doctor --promptfoo)";

}  // namespace provider_host::cli
