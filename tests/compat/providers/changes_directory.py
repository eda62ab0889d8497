"""os.chdir goes to the script's directory, and files are read from there from then on."""

import os

came_from = os.getcwd()
os.chdir(os.path.dirname(os.path.abspath(__file__)))


def call_api(prompt, options, context):
    with open("yaml_settings.yaml") as file:
        return {"output": [prompt, file.readline().strip(), came_from != os.getcwd()]}
