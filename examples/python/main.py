from cdktf import App, TerraformOutput, TerraformStack
from cdktf_zenlayer_zec import NicAttachment

# One line per instance, so that a change in a code review matches the change in the plan.
FLEET = {
    "router-1": (
        "ins-router-1",
        {"inside": "nic-router-1-inside", "outside": "nic-router-1-outside", "storage": "nic-router-1-storage"},
    ),
    "router-2": (
        "ins-router-2",
        {"inside": "nic-router-2-inside", "outside": "nic-router-2-outside"},
    ),
    "monitor": ("ins-monitor", {"inside": "nic-monitor-inside"}),
}

app = App()
stack = TerraformStack(app, "fleet")

attachments = [
    NicAttachment(stack, f"{machine}-{purpose}", nic_id=nic_id, instance_id=instance_id)
    for machine, (instance_id, nics) in FLEET.items()
    for purpose, nic_id in nics.items()
]

TerraformOutput(stack, "attachments", value=[attachment.id for attachment in attachments])

app.synth()
