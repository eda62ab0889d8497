"""A program is run by asyncio and fed through its standard input."""

import asyncio
import sys


async def call_api(prompt, options, context):
    code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(prompt.encode())
    return {"output": [out.decode(), process.returncode]}
