"""The use of the package that the README shows, after `pip install`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from provider_host import Pool


async def ask_all(pool: Pool) -> None:
    responses = await asyncio.gather(*(pool.acall_api(str(number)) for number in range(100)))
    assert [response["output"].split()[0] for response in responses] == [str(number) for number in range(100)]


if __name__ == "__main__":
    with Pool("provider.py", workers=2) as pool, ThreadPoolExecutor(8) as threads:
        for number, response in enumerate(threads.map(pool.call_api, map(str, range(100)))):
            assert response["output"].split()[0] == str(number), response
        asyncio.run(ask_all(pool))
