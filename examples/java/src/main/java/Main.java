import com.hashicorp.cdktf.App;
import com.hashicorp.cdktf.TerraformOutput;
import com.hashicorp.cdktf.TerraformStack;
import io.github.cdktfzenlayerzec.DataZecNics;
import io.github.cdktfzenlayerzec.NicAttachment;
import io.github.cdktfzenlayerzec.ProviderRunner;
import java.util.ArrayList;
import java.util.List;

public final class Main {
    record Nic(String purpose, String id) {}

    record Machine(String name, String instanceId, List<Nic> nics) {}

    /** One line per instance, so that a change in a code review matches the change in the plan. */
    static final List<Machine> FLEET = List.of(
        new Machine("router-1", "ins-router-1", List.of(
            new Nic("inside", "nic-router-1-inside"),
            new Nic("outside", "nic-router-1-outside"),
            new Nic("storage", "nic-router-1-storage"))),
        new Machine("router-2", "ins-router-2", List.of(
            new Nic("inside", "nic-router-2-inside"),
            new Nic("outside", "nic-router-2-outside"))),
        new Machine("monitor", "ins-monitor", List.of(
            new Nic("inside", "nic-monitor-inside"))));

    public static void main(String[] args) {
        var app = new App();
        var stack = new TerraformStack(app, "fleet");

        new ProviderRunner(stack, "zec");

        var attachments = new ArrayList<NicAttachment>();
        for (var machine : FLEET) {
            // One after the other: a guest names its vNICs in the order in which they are attached.
            List<NicAttachment> previous = List.of();
            for (var nic : machine.nics()) {
                var attachment = NicAttachment.Builder.create(stack, machine.name() + "-" + nic.purpose())
                    .nicId(nic.id())
                    .instanceId(machine.instanceId())
                    .dependsOn(previous)
                    .build();
                attachments.add(attachment);
                previous = List.of(attachment);
            }
        }
        var free = DataZecNics.Builder.create(stack, "free")
            .regionId("asia-east-1")
            .status("AVAILABLE")
            .dependsOn(attachments)
            .build();

        var ids = attachments.stream().map(NicAttachment::getId).toList();
        var macAddresses = attachments.stream().map(NicAttachment::getMacAddress).toList();
        TerraformOutput.Builder.create(stack, "attachments").value(ids).build();
        TerraformOutput.Builder.create(stack, "mac-addresses").value(macAddresses).build();
        TerraformOutput.Builder.create(stack, "free-nics").value(free.getNicIds()).build();

        app.synth();
    }
}
