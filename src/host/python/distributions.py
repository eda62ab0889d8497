"""Which distribution brings a module. Loaded when one is missing."""

# Import name → distribution on PyPI. Only what is known is ever suggested: a distribution that happens to have a
# module's name may be something else altogether. The longest name that fits counts.
DISTRIBUTIONS = {
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


def distribution_of(name, below=""):
    """The distribution that brings the module `name`, where it is known: as itself or as a part of one that is longer
    than `below`."""
    while len(name) > len(below):
        if name in DISTRIBUTIONS:
            return DISTRIBUTIONS[name]
        name = name.rpartition(".")[0]
    return None
