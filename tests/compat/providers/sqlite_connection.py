"""One SQLite connection at module level, shared between threads under a lock."""

import sqlite3
import threading

connection = sqlite3.connect(":memory:", check_same_thread=False)
connection.execute("create table answers (prompt text, count integer, primary key (prompt))")
lock = threading.Lock()


def call_api(prompt, options, context):
    with lock, connection:
        connection.execute(
            "insert into answers values (?, 1) on conflict (prompt) do update set count = count + 1", (prompt,)
        )
        [total] = connection.execute("select sum(count) from answers").fetchone()
    return {"output": total}
