"""The script's own tests: its results, and what its callers see when faults are injected into its host."""

import json

import pytest
from provider_host import Timeout


def test_it_replies_to_the_last_user(provider_call):
    conversation = [{"role": "user", "content": "first"}, {"role": "user", "content": "second"}]
    assert provider_call(json.dumps(conversation))["output"] == "second"


def test_it_is_loud_when_configured(provider_call):
    assert provider_call("hello", {"config": {"loud": True}})["output"] == "HELLO"


def test_an_empty_prompt_is_an_error_that_an_evaluation_can_show(provider_call):
    assert provider_call(" ") == {"error": "the prompt is empty"}


def test_many_calls_keep_their_order(provider_pool):
    prompts = [f"prompt {number}" for number in range(100)]
    assert [result["output"] for result in provider_pool.map(prompts)] == prompts


def test_a_killed_host_is_replaced(provider_call, provider_faults):
    provider_faults.kill()
    assert provider_call("hello")["output"] == "hello"


def test_a_paused_host_costs_the_caller_only_its_timeout(provider_call, provider_faults):
    with provider_faults.paused():
        with pytest.raises(Timeout):
            provider_call("hello", timeout=0.2)
    assert provider_call("hello")["output"] == "hello"


def test_a_flood_on_stdout_disturbs_no_call(provider_call, provider_faults):
    provider_faults.fill_stdout(2**20)
    assert provider_call("hello")["output"] == "hello"


def test_four_hosts_work_together(provider_script, provider_pool_factory):
    with provider_pool_factory(provider_script, workers=4) as pool:
        assert len({pool.outcome("call_api", "hello", {}, {}).result["output"] for _ in range(20)}) == 1
