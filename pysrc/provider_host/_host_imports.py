"""Why an import failed and what may help. Loaded when one fails; standard library only."""

import os
import sys

# Import name → distribution on PyPI. Only what is known is ever suggested: a distribution that happens to have a
# module's name may be something else altogether. The longest name that fits counts.
DISTRIBUTIONS = {
    **dict.fromkeys(("AppKit", "Foundation", "objc"), "pyobjc"),
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "IPython": "ipython",
    "Levenshtein": "levenshtein",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "PyPDF2": "pypdf2",
    "_cffi_backend": "cffi",
    "attr": "attrs",
    "azure.ai.inference": "azure-ai-inference",
    "azure.ai.openai": "azure-ai-openai",
    "azure.ai.projects": "azure-ai-projects",
    "azure.cosmos": "azure-cosmos",
    "azure.identity": "azure-identity",
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.search.documents": "azure-search-documents",
    "azure.storage.blob": "azure-storage-blob",
    "bs4": "beautifulsoup4",
    "cairosvg": "CairoSVG",
    "chromadb": "chromadb",
    "cv2": "opencv-python",
    "databricks.sdk": "databricks-sdk",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "flask_cors": "flask-cors",
    "git": "GitPython",
    "github": "PyGithub",
    "google.auth": "google-auth",
    "google.cloud.aiplatform": "google-cloud-aiplatform",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.firestore": "google-cloud-firestore",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.translate": "google-cloud-translate",
    "google.genai": "google-genai",
    "google.generativeai": "google-generativeai",
    "google.oauth2": "google-auth",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "grpc": "grpcio",
    "haystack": "haystack-ai",
    "ibm_watsonx_ai": "ibm-watsonx-ai",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "langchain_anthropic": "langchain-anthropic",
    "langchain_community": "langchain-community",
    "langchain_core": "langchain-core",
    "langchain_google_genai": "langchain-google-genai",
    "langchain_ollama": "langchain-ollama",
    "langchain_openai": "langchain-openai",
    "langchain_text_splitters": "langchain-text-splitters",
    "llama_cpp": "llama-cpp-python",
    "llama_index": "llama-index",
    "magic": "python-magic",
    "markdown": "Markdown",
    "mpl_toolkits": "matplotlib",
    "mysql.connector": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "nacl": "pynacl",
    "open_clip": "open-clip-torch",
    "opentelemetry": "opentelemetry-api",
    "opentelemetry.exporter.otlp": "opentelemetry-exporter-otlp",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "pgvector": "pgvector",
    "pinecone": "pinecone",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pydantic_ai": "pydantic-ai",
    "pydantic_settings": "pydantic-settings",
    "pythoncom": "pywin32",
    "qdrant_client": "qdrant-client",
    "rank_bm25": "rank-bm25",
    "rest_framework": "djangorestframework",
    "semantic_kernel": "semantic-kernel",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slack_sdk": "slack-sdk",
    "slugify": "python-slugify",
    "socks": "pysocks",
    "speech_recognition": "SpeechRecognition",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "usb": "pyusb",
    "vertexai": "google-cloud-aiplatform",
    "win32api": "pywin32",
    "xdist": "pytest-xdist",
    "yaml": "pyyaml",
    "youtube_transcript_api": "youtube-transcript-api",
    "zmq": "pyzmq",
    **{
        name: name
        for name in (
            "aiohttp anthropic anyio backoff boto3 botocore cohere datasets dspy fastapi fireworks flask groq "
            "guardrails httpx huggingface_hub instructor jinja2 joblib jsonschema langchain langfuse langgraph litellm "
            "loguru matplotlib mistralai msgspec nest_asyncio nltk numpy ollama openai orjson pandas playwright "
            "pyarrow pydantic pypdf pytest replicate requests rich scipy spacy sqlalchemy tenacity tiktoken together "
            "tokenizers torch tqdm transformers trio typer uvloop websockets"
        ).split()
    },
}
_NOT_LOOKED_INTO = {"node_modules", "__pycache__", "site-packages", "venv", "env"}
_MOST_FOLDERS = 200


def distribution_of(name, below=""):
    """The distribution that brings the module `name`, where it is known: as itself or as a part of one that is longer
    than `below`."""
    while len(name) > len(below):
        if name in DISTRIBUTIONS:
            return DISTRIBUTIONS[name]
        name = name.rpartition(".")[0]
    return None


def missing_module(error, script, importer):
    """The message for an ImportError; None when no module is missing. `script` is a path; `importer` the file whose
    import statement it was, and its code, or None."""
    missing = isinstance(error, ModuleNotFoundError)
    top = error.name.partition(".")[0]
    name = _wanted(error, importer[1]) if importer else error.name
    # `google` may be there without google.generativeai; a module that could not be imported whole is there no longer.
    is_part = top != name and (top in sys.modules or "." in error.name)
    distribution = distribution_of(name, below=top if is_part else "")
    if not missing and not (is_part and distribution):
        return None
    who = _importer(script, importer[0]) if importer else _without_importer(script, top)
    if is_part and distribution is None:
        hidden = hint_at_hiding(error, script)
        return f"{who} imports '{name}', but the installed '{top}'{_version_of(top)} has no such module{hidden}"
    if top in getattr(sys, "stdlib_module_names", ()):
        return (
            f"{who} imports '{name}', a part of the standard library that {sys.executable} lacks, or has "
            f"built in, other than the Python {sys.version.split()[0]} in this host; "
            f"a host of its own may help: provider-host doctor --build {sys.executable}"
        )
    near = _found_nearby(top, script, wide=distribution is None) if importer and not is_part else None
    if near:
        return (
            f"{who} imports '{name}', which is not in sys.path, but there is {near[0]}; "
            f"set PYTHONPATH={near[1]}, or write before the import: sys.path.insert(0, {near[1]!r})"
        )
    if distribution:
        return (
            f"{who} imports '{name}', which is not installed for {sys.executable}; "
            f"install it with: {sys.executable} -m pip install {distribution}"
        )
    similar = _similar(top, script, importer)
    hint = f" (did you mean '{similar}', which is there?)" if similar else ""
    return (
        f"{who} imports '{name}', which is neither installed for {sys.executable} nor in a folder of sys.path{hint}; "
        f"the script's folder is {os.path.dirname(script)}, the working directory {_working_directory()}. If it is a "
        f"file of yours, set PYTHONPATH to the folder that holds it; if it is a package, install what its "
        f"documentation names with {sys.executable} -m pip install"
    )


def _wanted(error, code):
    """The module that the import statement asks for, of which the error may name only the first part."""
    named = [name for name in code.co_names if name.startswith(error.name + ".")]
    for name in (error.name, *named):  # from google.cloud import storage
        for part in (f"{name}.{each}" for each in code.co_names):
            if part in DISTRIBUTIONS and part not in sys.modules:
                return part
    return next((name for name in named if name not in sys.modules), error.name)


def _without_importer(script, top):
    return "the option event_loop" if top == "uvloop" else os.path.basename(script)


def _importer(script, importer):
    name = os.path.basename(script)
    if os.path.realpath(importer) == os.path.realpath(script):
        return name
    if not os.path.isabs(importer):
        return importer
    parts = importer.split(os.sep)
    for place in ("site-packages", "dist-packages"):
        if place in parts[:-1]:
            package = parts[parts.index(place) + 1].removesuffix(".py")
            return f"the installed package '{package}', which {name} needs,"
    return f"{os.path.basename(importer)}, which {name} imports,"


def _version_of(top):
    version = getattr(sys.modules.get(top), "__version__", None)
    return f" {version}" if isinstance(version, str) else ""


def _working_directory():
    try:
        return os.getcwd()
    except OSError:
        return "no longer there"


def hint_at_hiding(error, script):
    """Says so when an ImportError or AttributeError comes from a file beside the script that has the name of what was
    to be imported; else empty."""
    name, path = _blamed(error)
    top = name.partition(".")[0] if name else ""
    if not top:
        return ""
    beside = {os.path.realpath(os.path.dirname(script)), os.path.dirname(os.path.realpath(script))}
    if path is None and os.path.splitext(os.path.basename(script))[0] == top:
        path = script
    if not isinstance(path, str) or not os.path.isabs(path):
        return ""
    holder = os.path.dirname(path)
    if os.path.basename(path) == "__init__.py":
        path, holder = holder, os.path.dirname(holder)
    if os.path.realpath(holder) not in beside or os.path.splitext(os.path.basename(path))[0] != top:
        return ""
    hidden = _file_of(top, [each for each in sys.path if os.path.realpath(each or os.curdir) not in beside])
    is_script = os.path.realpath(path) == os.path.realpath(script)
    if hidden:
        what = f"hides the module of that name in {os.path.dirname(hidden)}"
    elif distribution_of(name):
        what = "hides the package of that name"
    else:
        return ""
    return f" ('{top}' is {'the script itself' if is_script else path} here, which {what}; give the file another name)"


def _blamed(error):
    """Name and file of the module in which something was not found; None where they are not known."""
    if isinstance(error, ImportError):
        name, path = error.name, error.path
    else:
        text = str(error)
        name = text.partition("module '")[2].partition("'")[0] if "module '" in text else None
        path = getattr(getattr(error, "obj", None), "__file__", None)
    if path is None and name:
        path = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None)
    return name, path


def _file_of(name, folders):
    from importlib.machinery import PathFinder

    try:
        spec = PathFinder.find_spec(name, folders)
    except Exception:
        return None
    return spec.origin if spec is not None else None


def _found_nearby(top, script, wide):
    """(what, the folder that should be in sys.path) for a module near the script or the working directory."""
    for folder in _folders_nearby(script, wide):
        path = _module_in(folder, top)
        if path and folder not in sys.path:
            return path, folder
    return None


def _folders_nearby(script, wide):
    """The nearest first: the folders themselves, those in them and above them, and when it is to be `wide` those beside
    them."""
    starts = dict.fromkeys((os.path.dirname(os.path.realpath(script)), os.path.dirname(script), _working_directory()))
    starts = [folder for folder in starts if os.path.isabs(folder)]
    parents = [os.path.dirname(folder) for folder in starts]
    inside = [each for folder in starts for each in _folders_in(folder)]
    beside = [each for folder in parents for each in _folders_in(folder)] if wide else []
    return dict.fromkeys([*starts, *inside, *parents, *map(os.path.dirname, parents), *beside])


def _folders_in(folder):
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
    names = [name for name in names if not name.startswith(".") and name not in _NOT_LOOKED_INTO]
    return [os.path.join(folder, name) for name in names[:_MOST_FOLDERS]]


def _module_in(folder, top):
    file = os.path.join(folder, top + ".py")
    if os.path.isfile(file):
        return file
    package = os.path.join(folder, top)
    try:
        is_package = any(name.endswith(".py") for name in os.listdir(package))
    except OSError:
        return None
    return package if is_package else None


def _similar(top, script, importer):
    """A module beside the script whose name is nearly that."""
    import difflib

    names = set()
    for folder in (os.path.dirname(os.path.realpath(script)), os.path.dirname(script)):
        try:
            names.update(name[:-3] for name in os.listdir(folder) if name.endswith(".py"))
        except OSError:
            pass
    for path in (script, importer[0] if importer else script):
        names.discard(os.path.splitext(os.path.basename(path))[0])
    near = difflib.get_close_matches(top, names, n=1, cutoff=0.7)
    return near[0] if near else None
