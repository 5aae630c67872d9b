from cdktf import App, TerraformOutput, TerraformStack
from cdktf_zenlayer_zec import DataZecNics, NicAttachment, ProviderRunner

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

ProviderRunner(stack, "zec")

attachments = []
for machine, (instance_id, nics) in FLEET.items():
    # One after the other: a guest names its vNICs in the order in which they are attached.
    previous = []
    for purpose, nic_id in nics.items():
        attachment = NicAttachment(
            stack, f"{machine}-{purpose}", nic_id=nic_id, instance_id=instance_id, depends_on=previous
        )
        attachments.append(attachment)
        previous = [attachment]
free = DataZecNics(stack, "free", region_id="asia-east-1", status="AVAILABLE", depends_on=attachments)

TerraformOutput(stack, "attachments", value=[attachment.id for attachment in attachments])
TerraformOutput(stack, "mac-addresses", value=[attachment.mac_address for attachment in attachments])
TerraformOutput(stack, "free-nics", value=free.nic_ids)

app.synth()
