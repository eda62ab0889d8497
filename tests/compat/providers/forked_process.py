"""A forked process answers through a pipe."""

import multiprocessing

context_of_fork = multiprocessing.get_context("fork")
secret = "kept"


def child(connection):
    connection.send(connection.recv().upper() + secret)
    connection.close()


def call_api(prompt, options, context):
    here, there = context_of_fork.Pipe()
    process = context_of_fork.Process(target=child, args=(there,))
    process.start()
    here.send(prompt)
    answer = here.recv()
    process.join()
    return {"output": [answer, process.exitcode]}
