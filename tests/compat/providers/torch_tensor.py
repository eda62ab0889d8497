"""Torch is imported at the top and used without gradients."""

import torch

torch.manual_seed(0)
torch.set_num_threads(1)
layer = torch.nn.Linear(2, 1, bias=False)
with torch.no_grad():
    layer.weight.fill_(2.0)


@torch.inference_mode()
def call_api(prompt, options, context):
    return {"output": layer(torch.tensor([float(word) for word in prompt.split()])).item()}
