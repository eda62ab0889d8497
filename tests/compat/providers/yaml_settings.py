"""Settings come from a YAML file that lies beside the script."""

from pathlib import Path

import yaml

settings = yaml.safe_load((Path(__file__).parent / "yaml_settings.yaml").read_text(encoding="utf-8"))


def call_api(prompt, options, context):
    return {"output": settings["template"].format(prompt=prompt), "metadata": settings["models"][0]}
