"""What the README promises after `pip install`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from provider_host import Pool


async def ask_all(pool: Pool) -> None:
    answers = await asyncio.gather(*(pool.acall_api(str(number)) for number in range(100)))
    assert [answer["output"].split()[0] for answer in answers] == [str(number) for number in range(100)]


if __name__ == "__main__":
    with Pool("provider.py", workers=2) as pool, ThreadPoolExecutor(8) as threads:
        for number, answer in enumerate(threads.map(pool.call_api, map(str, range(100)))):
            assert answer["output"].split()[0] == str(number), answer
        asyncio.run(ask_all(pool))
